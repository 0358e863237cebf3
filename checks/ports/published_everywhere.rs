//! `ports/published-everywhere`: a port on every address of the host, though nobody from outside needs it.
//!
//! Docker's own firewall rules come before the host's: what is published is open whatever ufw says (moby #4737).

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::document::Node;
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity, Site};
use gonogo::outcome::{Outcome, Subject};
use gonogo::place::Place;

use super::claim::Claim;
use super::wanted::claims;

pub(super) const RULE: Rule = Rule {
    code: "ports/published-everywhere",
    title: "databases, administration and what has a tunnel are not open to every network",
    severity: Severity::Warning,
    layer: Layer::Declared,
    stages: Stage::ALL,
    faults: &["D37"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

/// Ports that are registered with IANA, or documented by their makers, for data stores and administration. Ports
/// that are as often used for something public are not here.
const INTERNAL: &[(u16, &str)] = &[
    (1433, "SQL Server"),
    (1521, "Oracle Database"),
    (2181, "ZooKeeper"),
    (2375, "the Docker API without TLS"),
    (2379, "etcd"),
    (3306, "MySQL"),
    (5432, "PostgreSQL"),
    (5984, "CouchDB"),
    (6379, "Redis"),
    (7474, "Neo4j"),
    (7687, "Neo4j"),
    (9042, "Cassandra"),
    (9200, "Elasticsearch"),
    (9300, "Elasticsearch's nodes"),
    (11211, "memcached"),
    (15672, "RabbitMQ's administration"),
    (26257, "CockroachDB"),
    (27017, "MongoDB"),
    (28015, "RethinkDB"),
];

/// Why nobody from outside needs a port.
enum Reason {
    /// It is known for something internal.
    Known(&'static str),
    /// A tunnel of the gate file leads there.
    Tunnel { name: String, place: Option<Place> },
}

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let tunnels = tunnels(cx.section("tunnels"));
    let row = |claim: &Claim| {
        let more = if claim.each { claim.last - claim.first } else { 0 };
        let inside =
            |port: u16| claim.target.is_some_and(|first| (first..=first.saturating_add(more)).contains(&port));
        let known = INTERNAL.iter().find(|(port, _)| inside(*port) && claim.protocol == "tcp");
        let tunnel = || tunnels.iter().find(|(_, service, _)| *service == claim.service);
        let reason = match known {
            Some((_, what)) => Reason::Known(what),
            None => tunnel().map(|(name, _, place)| Reason::Tunnel { name: name.clone(), place: place.clone() })?,
        };
        Some(Row::judged(Subject::new(claim.to_string()).at(claim.place()), judge(claim, &reason)))
    };
    Ok(claims(&project).iter().filter_map(row).collect())
}

/// The tunnels of the gate file that lead to a service: their names, the services, where that is said.
fn tunnels(section: Option<&Node>) -> Vec<(String, String, Option<Place>)> {
    let entries = section.into_iter().flat_map(Node::entries);
    let service = |tunnel: &Node| Some(tunnel.get("to")?.get("service")?.clone());
    entries
        .filter_map(|(name, entry)| {
            let service = service(&entry.node)?;
            Some((name.to_owned(), service.as_str()?.to_owned(), service.place().cloned()))
        })
        .collect()
}

fn judge(claim: &Claim, reason: &Reason) -> Outcome {
    let everywhere = match claim.address {
        None => true,
        Some(address) => address.is_unspecified(),
    };
    if let (Some(address), false) = (claim.address, everywhere) {
        return Outcome::pass(format!("published on {address} only"));
    }
    let (service, target) = (&claim.service, claim.targets().unwrap_or_else(|| claim.numbers()));
    let primary = claim.place().map_or_else(|| Site::Thing(format!("service {service}")), Site::from);
    let port = format!("{}:{target}", claim.numbers());
    let what = match reason {
        Reason::Known(what) => format!("{service}'s port {target} ({what})"),
        Reason::Tunnel { name, .. } => format!("{service}'s port {target}, to which the tunnel {name} leads,"),
    };
    let finding =
        Finding::warning(format!("{what} is open on every address of the host, past its firewall"), primary)
            .label("on every address");
    match reason {
        Reason::Known(_) => finding.help(format!(
            "write `127.0.0.1:{port}`, or no port at all: this project's services reach it all the same"
        )),
        Reason::Tunnel { name, place } => {
            let finding = finding.help(format!("write `127.0.0.1:{port}`: the tunnel ends on this host"));
            match place {
                Some(place) => finding.related(place, format!("the way in: tunnel {name}")),
                None => finding,
            }
        }
    }
    .into()
}
