//! `waivers`: what the gate file waives is still there, and the waiver has not ended.
//!
//! Its rows stand on all the others', so that no rule can judge them: the run adds them when everything else is judged
//! ([`gonogo::waiver::apply`]). Here the rules have their names, their page and their place in the registry.

use gonogo::check::{BoxFuture, Check, Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::Severity;
use gonogo::waiver::{CHECK as NAME, EXPIRED, EXPIRED_TITLE, UNUSED, UNUSED_TITLE};

/// The check.
pub(crate) static CHECK: Check = Check {
    name: NAME,
    title: "what is waived is still there, and not for ever",
    readme: include_str!("README.md"),
    // Its section is the gate file's own, since every rule may be waived.
    section: None,
    rules: &[rule(EXPIRED, EXPIRED_TITLE, Severity::Error), rule(UNUSED, UNUSED_TITLE, Severity::Warning)],
};

const fn rule(code: &'static str, title: &'static str, severity: Severity) -> Rule {
    let (layer, stages) = (Layer::Declared, Stage::ALL);
    Rule { code, title, severity, layer, stages, faults: &[], settles: None, rows }
}

fn rows(_: Context) -> BoxFuture<Result<Vec<Row>, Unknown>> {
    Box::pin(async { Ok(Vec::new()) })
}
