use super::*;
use crate::document::Value;

fn read(text: &str) -> Node {
    parse(&Source::new("a.yaml", None, text)).unwrap().remove(0).root
}

fn kinds(text: &str) -> Vec<Mistake> {
    parse(&Source::new("a.yaml", None, text)).unwrap_err().iter().map(|mistake| mistake.kind).collect()
}

#[test]
fn scalars_are_go_yamls() {
    let cases = [
        ("017", Value::Int(15)),
        ("0o17", Value::Int(15)),
        ("0b11", Value::Int(3)),
        ("0x1F", Value::Int(31)),
        ("1_000", Value::Int(1000)),
        ("0800", Value::Float(800.0)),
        ("1.10", Value::Float(1.1)),
        ("1e3", Value::Float(1000.0)),
        ("22:22", Value::String("22:22".into())),
        ("yes", Value::String("yes".into())),
        ("on", Value::String("on".into())),
        ("True", Value::Bool(true)),
        ("~", Value::Null),
        ("\"1\"", Value::String("1".into())),
        ("-x", Value::String("-x".into())),
    ];
    for (text, value) in cases {
        assert_eq!(read(&format!("a: {text}")).get("a").unwrap().value, value, "{text}");
    }
}

#[test]
fn a_bare_date_is_marked() {
    for text in ["2024-01-01", "2024-1-2 10:00:00", "2024-01-02T10:00:00Z", "2024-01-02t10:00:00.5+02:00"] {
        let node = read(&format!("a: {text}")).get("a").unwrap().clone();
        assert!(matches!(node.origin, crate::place::Origin::Derived { rule: scalar::TIMESTAMP, .. }), "{text}");
    }
    for text in ["2024-13-01", "2024-02-30", "2024-01-01x", "10.0.0.1"] {
        let node = read(&format!("a: {text}")).get("a").unwrap().clone();
        assert!(matches!(node.origin, crate::place::Origin::Said(_)), "{text}");
    }
}

#[test]
fn places_are_narrow() {
    let tree = read("a:\n  - \"5050:5051\"\n  - b: |\n      two\n      lines\n");
    assert_eq!(tree.pointer("/a/0").unwrap().place().unwrap().text(), "\"5050:5051\"");
    assert_eq!(tree.pointer("/a/1/b").unwrap().place().unwrap().start().line, 3);
    assert_eq!(tree.get("a").unwrap().place().unwrap().start().line, 2);
}

#[test]
fn merge_keys_are_shallow_and_the_first_wins() {
    let tree = read("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], a: 0}\n");
    let z = tree.get("z").unwrap();
    assert_eq!(z.get("a").unwrap().as_int(), Some(0));
    assert_eq!(z.get("b").unwrap().as_int(), Some(1));
    assert_eq!(z.get("c").unwrap().as_int(), Some(2));
}

#[test]
fn tags_are_noted() {
    let document = parse(&Source::new("a.yaml", None, "a: !reset x\nb: !override [1]\n")).unwrap().remove(0);
    assert!(document.root.get("a").is_none());
    assert_eq!(document.resets.iter().map(|r| r.path.join(".")).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn mistakes_are_found_all_at_once() {
    assert_eq!(
        kinds("a: 1\na: 2\nb: {c: 1, c: 2}\n1: x\n"),
        [Mistake::DuplicateKey, Mistake::DuplicateKey, Mistake::NonStringKey]
    );
    assert_eq!(kinds("a: &a [*a]\n"), [Mistake::AliasCycle]);
    assert_eq!(kinds("a: ["), [Mistake::Syntax]);
    assert_eq!(kinds("x: {<<: 1}"), [Mistake::Syntax]);
    assert_eq!(kinds("x: {<<: {}, <<: {}}"), [Mistake::DuplicateKey]);
}

#[test]
fn bombs_are_bounded() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let last = format!("*a{}, ", n - 1).repeat(9);
        bomb.push_str(&format!("a{n}: &a{n} [{last}]\n"));
    }
    assert_eq!(kinds(&bomb), [Mistake::TooLarge]);
    let mut chain = "a0: &a0 []\n".to_owned();
    for n in 1..5000 {
        chain.push_str(&format!("a{n}: &a{n} [*a{}]\n", n - 1));
    }
    assert_eq!(kinds(&chain), [Mistake::TooLarge]);
    assert_eq!(kinds(&"[".repeat(100_000)), [Mistake::Syntax]);
    assert_eq!(kinds("a: \u{1}"), [Mistake::Syntax]);
}

#[test]
fn the_end_of_the_file_adds_nothing() {
    assert_eq!(read("a: |\n  x").get("a").unwrap().as_str(), Some("x"));
    assert_eq!(read("a: |\n  x\n").get("a").unwrap().as_str(), Some("x\n"));
    assert_eq!(read("a: >-\n  x\n  y").get("a").unwrap().as_str(), Some("x y"));
    assert_eq!(read("\u{feff}a: b\r\nc: d\r\n").get("c").unwrap().place().unwrap().text(), "d");
}
