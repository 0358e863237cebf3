//! The agreements that the gate file declares, and the values that they are about.

use gonogo::check::{Context, Layer};
use gonogo::document::Node;
use gonogo::finding::{Finding, Site};
use gonogo::gatefile::{Field, Section, Shape, ValueRef};
use gonogo::outcome::{Outcome, Subject};
use gonogo::value::{Found, Missing, resolve};

/// The section of the gate file.
pub(super) static SECTION: Section = Section {
    name: "agreements",
    doc: "Values that must be the same wherever they stand, each under a name of your own.",
    shape: Shape::Map(&Shape::Object(&[
        Field::required("between", "Where the value stands: two places or more.", Shape::List(&Shape::ValueOf)),
        Field::optional(
            "secret",
            "Whether it is secret: blank and stand-ins are errors then. Default: false.",
            Shape::Bool,
        ),
        Field::optional("optional", "Whether it may stay unknown without a NO VERDICT. Default: false.", Shape::Bool),
    ])),
};

/// An agreement of the gate file.
#[derive(Debug, Clone)]
pub(super) struct Agreement {
    pub(super) subject: Subject,
    /// Whether the value is secret.
    pub(super) secret: bool,
    /// Where it stands.
    pub(super) between: Vec<ValueRef>,
}

/// The agreements of the gate file.
pub(super) fn agreements(cx: &Context) -> Vec<Agreement> {
    let flag = |node: &Node, key: &str| node.get(key).and_then(Node::as_bool).unwrap_or(false);
    let entries = cx.section("agreements").into_iter().flat_map(Node::entries);
    entries
        .map(|(name, entry)| Agreement {
            subject: Subject { optional: flag(&entry.node, "optional"), ..Subject::new(name).at(entry.key.place()) },
            secret: flag(&entry.node, "secret"),
            between: entry.node.get("between").into_iter().flat_map(Node::items).filter_map(ValueRef::of).collect(),
        })
        .collect()
}

/// A value as it will be when the project has restarted: what the files say; what only a volume or a container knows,
/// as it is there.
pub(super) async fn value(cx: &Context, reference: &ValueRef) -> Result<Found, Missing> {
    match resolve(cx, reference, Layer::Declared).await {
        Err(Missing::Elsewhere(_)) => resolve(cx, reference, Layer::Running).await,
        result => result,
    }
}

/// What becomes of an agreement.
pub(super) async fn judge(cx: Context, agreement: Agreement) -> Result<Outcome, gonogo::fact::Unknown> {
    let mut found = Vec::new();
    for reference in &agreement.between {
        match value(&cx, reference).await {
            Ok(value) => {
                if agreement.secret {
                    cx.keep_secret(&value.text);
                }
                found.push((reference, value));
            }
            Err(missing) => return missing.outcome(reference),
        }
    }
    let Some(((first_ref, first), rest)) = found.split_first() else {
        return Ok(Outcome::skip("it names no places"));
    };
    let Some((_, other)) = rest.iter().find(|(_, value)| value.text != first.text) else {
        let places: Vec<String> = found.iter().map(|(reference, _)| reference.to_string()).collect();
        return Ok(Outcome::pass(format!("the same in {}", places.join(", "))));
    };
    let name = &agreement.subject.name;
    let how = match first.text.trim() == other.text.trim() {
        true => "differs in white space at its end only",
        false => "is not the same everywhere",
    };
    let value_of = |found: &Found| match agreement.secret {
        true => String::new(),
        false => format!(" `{}`", found.text),
    };
    let mut finding =
        Finding::error(format!("`{name}` {how}"), first.site.clone()).label(format!("one value{}", value_of(first)));
    for (_, found) in rest {
        let says = if found.text == first.text { "the same" } else { "another value" };
        finding = finding.related(found.site.clone(), format!("{says}{}", value_of(found)));
    }
    if let Some(Site::Text(place)) = &agreement.subject.site {
        finding = finding.related(place, "has to be the same");
    }
    let help = format!("make {first_ref} the same as what stands at {}", other.site);
    Ok(finding.help(help).into())
}
