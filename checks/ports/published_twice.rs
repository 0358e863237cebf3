//! `ports/published-twice`: two services want one port of the host.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};

use super::claim::Claim;
use super::wanted::claims_and_listens;

pub(super) const RULE: Rule = Rule {
    code: "ports/published-twice",
    title: "each port of the host is wanted once in the project",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::ALL,
    faults: &["D36"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let claims = claims_and_listens(&cx, &project).await;
    Ok(groups(&claims).iter().filter_map(|group| row(group, &claims)).collect())
}

/// The most claims on ports that overlap that are held against each other.
const CROWD: usize = 1000;

/// The claims that want a port in common, directly or by way of others; in order.
fn groups(claims: &[Claim]) -> Vec<Vec<&Claim>> {
    let mut sorted: Vec<(usize, &Claim)> = claims.iter().enumerate().collect();
    sorted.sort_by_key(|(index, claim)| (&claim.protocol, claim.first, *index));
    let mut groups = Vec::new();
    let mut crowd: Vec<(usize, &Claim)> = Vec::new();
    let mut reach = None;
    for (index, claim) in sorted {
        let here = (&claim.protocol, claim.first);
        if reach.is_none_or(|reach| here > reach) {
            groups.extend(meeting(std::mem::take(&mut crowd)));
        }
        reach = reach.filter(|reach| *reach >= here).max(Some((&claim.protocol, claim.last)));
        crowd.push((index, claim));
    }
    groups.extend(meeting(crowd));
    groups.sort_by_key(|group| group.first().map(|(index, _)| *index));
    groups.into_iter().map(|group| group.into_iter().map(|(_, claim)| claim).collect()).collect()
}

/// Claims on ports that overlap, by whether their addresses meet, too.
fn meeting(mut crowd: Vec<(usize, &Claim)>) -> Vec<Vec<(usize, &Claim)>> {
    crowd.truncate(CROWD);
    let mut groups: Vec<Vec<(usize, &Claim)>> = Vec::new();
    for (index, claim) in crowd {
        let (meeting, others): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.iter().any(|(_, known)| known.meets(claim)));
        let mut group: Vec<_> = meeting.into_iter().flatten().chain([(index, claim)]).collect();
        group.sort_by_key(|(index, _)| *index);
        groups = others;
        groups.push(group);
    }
    groups
}

fn row(group: &[&Claim], all: &[Claim]) -> Option<Row> {
    let first = group.first()?;
    let subject = Subject::new(first.to_string()).at(first.place());
    let last = group.last().filter(|last| !std::ptr::eq(**last, *first));
    let Some(last) = last else {
        return Some(Row::judged(subject, Outcome::pass(format!("nobody else wants {}", first.on_host()))));
    };
    let severity = match weight(group) {
        Some(severity) => severity,
        None => return Some(Row::judged(subject, Outcome::pass(enough(group)))),
    };
    // The later one is the one that fails to start.
    let other = group.iter().rev().find(|other| other.meets(last) && !std::ptr::eq(**other, *last)).unwrap_or(first);
    let port = common(other, last);
    let message = match (severity, other.service == last.service) {
        (Severity::Error, true) => format!("{} wants the host's port {port} twice", last.service),
        (Severity::Error, false) => {
            format!("{} and {} both want the host's port {port}", other.service, last.service)
        }
        _ => format!("{} gets the host's port {port} only if it starts before {}", other.service, last.service),
    };
    let site = |claim: &Claim| match claim.place() {
        Some(place) => Site::from(place),
        None => Site::Thing(format!("service {}", claim.service)),
    };
    let mut finding = Finding { severity, ..Finding::error(message, site(last)) }.label(label(last));
    for claim in group.iter().filter(|claim| !std::ptr::eq(**claim, *last)) {
        finding = finding.related(site(claim), label(claim));
    }
    Some(Row::judged(subject, finding.help(help(other, last, all))))
}

/// How much it weighs that these want ports in common; `None`: there are enough for all.
fn weight(group: &[&Claim]) -> Option<Severity> {
    let fixed = |claim: &&Claim| claim.is_fixed();
    let clash = |claim: &&Claim| {
        group.iter().any(|other| !std::ptr::eq(*other, *claim) && fixed(other) && other.meets(claim))
    };
    if group.iter().filter(|claim| fixed(claim)).any(clash) {
        return Some(Severity::Error);
    }
    let low = group.iter().map(|claim| claim.first).min()?;
    let high = group.iter().map(|claim| claim.last).max()?;
    let wants = |claim: &&Claim| if claim.each { claim.width() } else { claim.replicas };
    let wanted = group.iter().map(wants).fold(0, u32::saturating_add);
    if wanted > u32::from(high - low) + 1 {
        return Some(Severity::Error);
    }
    // The engine gives out a range from below: whoever is fixed inside it may come too late.
    group.iter().any(fixed).then_some(Severity::Warning)
}

fn enough(group: &[&Claim]) -> String {
    let names: Vec<_> = group.iter().map(|claim| claim.service.as_str()).collect();
    let first = group.iter().map(|claim| claim.on_host()).next().unwrap_or_default();
    format!("{} share {first}, one port each", names.join(" and "))
}

/// The port that the two want.
fn common(one: &Claim, other: &Claim) -> String {
    let (first, last) = (one.first.max(other.first), one.last.min(other.last));
    let numbers = if first == last { first.to_string() } else { format!("{first}-{last}") };
    format!("{numbers}/{}", one.protocol)
}

fn label(claim: &Claim) -> String {
    match claim.targets() {
        Some(target) => format!("{} to {}'s {target}", claim.on_host(), claim.service),
        None => format!("{} listens on {}", claim.service, claim.on_host()),
    }
}

fn help(other: &Claim, claim: &Claim, all: &[Claim]) -> String {
    let said = |claim: &Claim| claim.origin.place().map(|place| place.file().to_owned());
    if let (true, Some(file)) = (other.service == claim.service && said(other) != said(claim), said(claim)) {
        return format!("write `ports: !override` in {file}: without it the lists of both files are joined");
    }
    let wanted = |port: u16| all.iter().any(|other| other.meets_socket(None, port, &claim.protocol));
    let free = (claim.last..=u16::MAX).skip(1).take(CROWD).find(|port| !wanted(*port));
    match (free, claim.targets()) {
        _ if claim.width() > 1 => {
            format!("publish {} on another range of ports than {}", claim.service, claim.numbers())
        }
        (Some(port), Some(target)) => {
            format!(
                "publish {} on another port: change {} to {port} (`{port}:{target}`)",
                claim.service,
                claim.numbers()
            )
        }
        (Some(port), None) => format!("let {} listen on another port, such as {port}", claim.service),
        (None, _) => format!("publish {} on another port", claim.service),
    }
}
