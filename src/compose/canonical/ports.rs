//! Ports in the short form: `[[HOST_IP:]PUBLISHED:]TARGET[/PROTOCOL]`, with ranges.
//!
//! Follows docker/go-connections, `nat`.

use std::net::IpAddr;

use super::Forms;
use crate::compose::make::{default_text, derived, object, part, text};
use crate::compose::path::Path;
use crate::compose::{Rejection, cause};
use crate::document::{Node, Value};
use crate::place::Origin;

/// Makes all ports of a list canonical; one in the short form may stand for several.
pub(super) fn ports(node: &mut Node, path: &Path, forms: &mut Forms<'_>) {
    let Value::Seq(items) = &mut node.value else { return };
    let mut ports = Vec::with_capacity(items.len());
    let mut failed = false;
    for (index, item) in items.iter().enumerate() {
        let mut wrong = |cause, message: String| {
            forms.mistakes.push(
                Rejection::new(cause, &path.index(index), Some(item.origin.clone()), message)
                    .help("write a port as \"PUBLISHED:TARGET\", such as \"8080:80\""),
            );
        };
        match &item.value {
            Value::Map(_) => ports.push(item.clone()),
            Value::Int(_) => {
                ports.push(Node::new(
                    object([("target", item.clone())]),
                    derived("short-form", [item.origin.clone()]),
                ));
            }
            Value::String(short) => match parse(short) {
                Ok(parsed) => ports.extend(parsed.iter().map(|port| port.node(item))),
                Err(_) if forms.lenient => failed = true,
                Err(message) => wrong(cause::INVALID_VALUE, message),
            },
            _ => wrong(cause::INVALID_TYPE, "a port is a text, a whole number or a mapping".to_owned()),
        }
    }
    if !failed {
        *items = ports;
    }
}

/// One port of the short form, with the spans that its parts stem from.
#[derive(Debug, PartialEq)]
struct Port {
    host_ip: Option<(String, (usize, usize))>,
    target: (u16, (usize, usize)),
    published: Option<(String, (usize, usize))>,
    protocol: (String, Option<(usize, usize)>),
}

impl Port {
    fn node(&self, item: &Node) -> Node {
        let cut = |(start, end): (usize, usize)| part(item, start, end);
        let (target, target_span) = self.target;
        let mut pairs = vec![("mode", default_text("ingress"))];
        if let Some((ip, span)) = &self.host_ip {
            pairs.push(("host_ip", text(ip.clone(), cut(*span))));
        }
        pairs.push(("target", Node::new(Value::Int(i64::from(target)), cut(target_span))));
        if let Some((published, span)) = &self.published {
            pairs.push(("published", text(published.clone(), cut(*span))));
        }
        let protocol = match &self.protocol {
            (name, Some(span)) => text(name.clone(), cut(*span)),
            (name, None) => text(name.clone(), Origin::default_of("default")),
        };
        pairs.push(("protocol", protocol));
        Node::new(object(pairs), derived("short-form", [item.origin.clone()]))
    }
}

fn parse(short: &str) -> Result<Vec<Port>, String> {
    // From behind: the target, the published port, and what is left is the address.
    let target_at = short.rfind(':').map_or(0, |at| at + 1);
    let head = short.get(..target_at.saturating_sub(1)).unwrap_or_default();
    let published_at = head.rfind(':').map_or(0, |at| at + 1);
    let host = head.get(..published_at.saturating_sub(1)).unwrap_or_default();
    let published = (published_at, head.len());
    let rest = short.get(target_at..).unwrap_or_default();
    let (container, protocol) = rest.split_once('/').unwrap_or((rest, ""));
    let target = (target_at, target_at + container.len());
    if container.is_empty() {
        return Err("there is no port in the container".to_owned());
    }
    let protocol_span = (!protocol.is_empty()).then_some((target.1 + 1, short.len()));
    let protocol = if protocol.is_empty() { "tcp".to_owned() } else { protocol.to_lowercase() };
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("`{protocol}` is no protocol of ports: tcp, udp and sctp are"));
    }
    let address = match host.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').ok_or_else(|| format!("`{host}` is no IP address"))?,
        None => host,
    };
    if !address.is_empty() && address.split('%').next().unwrap_or_default().parse::<IpAddr>().is_err() {
        return Err(format!("`{address}` is no IP address"));
    }
    let (start, end) = range(container).ok_or_else(|| format!("`{container}` is no port of a container"))?;
    let host_port = head.get(published.0..published.1).unwrap_or_default();
    let hosts = match host_port {
        "" => None,
        port => Some(range(port).ok_or_else(|| format!("`{port}` is no port of a host"))?),
    };
    if let Some((first, last)) = hosts
        && last - first != end - start
        && end != start
    {
        return Err(format!("the ranges `{host_port}` and `{container}` are not of one length"));
    }
    let mut ports = Vec::new();
    for step in 0..=(end - start) {
        let published_text = hosts.map(|(first, last)| match (end == start, first == last) {
            (true, false) => format!("{first}-{last}"),
            _ => first.saturating_add(step).to_string(),
        });
        ports.push(Port {
            host_ip: (!address.is_empty()).then(|| (address.to_owned(), (0, host.len()))),
            target: (start + step, target),
            published: published_text.map(|text| (text, published)),
            protocol: (protocol.clone(), protocol_span),
        });
    }
    // Compose sorts them as texts.
    ports.sort_by_key(|port| port.target.0.to_string());
    Ok(ports)
}

/// A port, or two with `-` between them.
fn range(text: &str) -> Option<(u16, u16)> {
    let digits = |text: &str| {
        (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
    };
    let mut parts = text.split('-');
    let start: u16 = digits(parts.next()?)?;
    match parts.next() {
        None => Some((start, start)),
        Some(end) => digits(end).filter(|end| *end >= start).map(|end| (start, end)),
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    fn short(text: &str) -> Vec<(Option<String>, u16, Option<String>, String)> {
        let ports = parse(text).unwrap();
        ports
            .into_iter()
            .map(|p| (p.host_ip.map(|i| i.0), p.target.0, p.published.map(|p| p.0), p.protocol.0))
            .collect()
    }

    #[test]
    fn ranges() {
        let targets = |text| short(text).into_iter().map(|p| (p.1, p.2.unwrap_or_default())).collect::<Vec<_>>();
        assert_eq!(targets("5000-5001:6000-6001/udp"), [(6000, "5000".into()), (6001, "5001".into())]);
        assert_eq!(targets("8000-8005:80"), [(80, "8000-8005".into())]);
        assert_eq!(targets("9-10"), [(10, String::new()), (9, String::new())]);
        assert!(parse("1-3:1-2").is_err());
    }

    #[test]
    fn addresses() {
        assert_eq!(short("127.0.0.1::80"), [(Some("127.0.0.1".into()), 80, None, "tcp".into())]);
        assert_eq!(short("[::1]:1:2"), [(Some("::1".into()), 2, Some("1".into()), "tcp".into())]);
        assert_eq!(short("::1:3:4"), [(Some("::1".into()), 4, Some("3".into()), "tcp".into())]);
        assert_eq!(short(":5"), [(None, 5, None, "tcp".into())]);
    }

    #[test]
    fn mistakes() {
        for text in ["80:80:80:80", "80/foo", "80:", "99999", "x", "", "a:80", "2-1"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
