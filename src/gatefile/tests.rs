use std::collections::BTreeMap;

use super::*;

static SECTIONS: &[&Section] = &[
    &Section {
        name: "tunnels",
        doc: "Tunnels.",
        shape: Shape::Map(&Shape::Object(&[
            Field::required("script", "The script.", Shape::Text),
            Field::optional(
                "to",
                "The far end.",
                Shape::Object(&[Field::required("service", "Which.", Shape::Text)]),
            ),
            Field::optional("port", "The port.", Shape::IntIn(1, 65535)),
            Field::optional("wait", "How long.", Shape::Duration),
            Field::optional("access", "How.", Shape::Word(&["read", "write"])),
            Field::optional("in", "Where.", Shape::OneOf(&[Shape::Text, Shape::List(&Shape::Text)])),
            Field::optional("pick", "Which part.", Shape::Pointer),
            Field::optional("find", "Which part.", Shape::Pattern),
            Field::optional("check", "Whether.", Shape::Bool),
            Field::optional("say", "Anything.", Shape::Any),
            Field::optional("equals", "What.", Shape::Scalar),
        ])),
    },
    &Section {
        name: "agreements",
        doc: "Agreements.",
        shape: Shape::Map(&Shape::Object(&[Field::required("between", "The values.", Shape::List(&Shape::ValueOf))])),
    },
];

const RULES: &[&str] = &["compose/image-latest", "tunnels/target-port-mismatch"];

fn read(text: &str) -> Result<GateFile, Vec<Mistake>> {
    let environment = [("PORT", "5051"), ("EMPTY", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let variables = Variables::new(&BTreeMap::from(environment));
    let source = Source::new("gonogo.yaml", Some("/repo/gonogo.yaml".into()), text);
    let found = Found { path: "/repo/gonogo.yaml".into(), repository: "/repo".into(), source };
    parse(&found, &Grammar { sections: SECTIONS, rules: RULES, variables: &variables }, false)
}

fn said(text: &str) -> Vec<String> {
    let mistakes = read(text).err().unwrap_or_default();
    mistakes.iter().map(|m| format!("{}: {} [{}]", m.place, m.message, m.help)).collect()
}

/// The one mistake of a gate file that consists of `version: 1` and this.
fn only(text: &str) -> String {
    let said = said(&format!("version: 1\n{text}"));
    assert_eq!(said.len(), 1, "{text}: {said:#?}");
    said.into_iter().next().unwrap()
}

#[test]
fn what_has_the_shape_is_taken() {
    let gate = read(
        "version: 1\nfiles: [a.yml, docker/b.yml]\ntunnels:\n  lab:\n    script: t.sh\n    port: ${PORT}\n    wait: 1m30s\n    \
         access: read\n    in: gui\n    find: 'a(.*)$'\n    pick: /a/0/~1b\n    say: {x: [1, '${PORT}']}\n    equals: 5\n  \
         pi: { script: \"${NAME:-x}.sh\", in: [a, b], to: { service: gui } }\nagreements:\nwaivers:\n  \
         - { rule: compose/image-latest, reason: lab, until: 2026-12-31 }\n",
    )
    .unwrap();
    assert_eq!(gate.root.pointer("/tunnels/lab/port").unwrap().as_int(), Some(5051));
    assert_eq!(gate.root.pointer("/tunnels/lab/say/x/1").unwrap().as_str(), Some("5051"));
    assert_eq!(gate.root.pointer("/tunnels/lab/find").unwrap().as_str(), Some("a(.*)$"));
    assert_eq!(gate.root.pointer("/tunnels/pi/script").unwrap().as_str(), Some("x.sh"));
    assert_eq!(gate.files(), [Path::new("/repo/a.yml"), Path::new("/repo/docker/b.yml")]);
    assert_eq!(read("version: 1\n").unwrap().files(), Vec::<PathBuf>::new());
}

#[test]
fn all_mistakes_are_told_at_once_each_at_its_line() {
    let text = "\
version: 2
tunels: {}
tunnels:
  lab:
    scirpt: t.sh
    port: \"5051\"
    wait: 10 parsecs
    access: raed
    pick: a/b
    find: no group
    find: 'again (.*)'
    port2: 1
  pi: { script: '', to: { service: [gui] } }
agreements:
  token:
    between:
      - { service: agent, file: relative.json, at: /x }
      - { env: TOKEN }
      - { file: a.json, at: x, match: '(' }
  other: {}
waivers:
  - { rule: compose/image-latst, reason: '', until: tomorrow }
  - { rule: compose/image-latest }
  - { rule: compose/image-latest, reason: '${NOBODY}' }
";
    let mistakes = read(text).unwrap_err();
    let lines: Vec<_> = mistakes.iter().map(|mistake| mistake.place.start().line).collect();
    assert_eq!(lines, [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 13, 17, 18, 19, 19, 19, 20, 22, 22, 22, 23, 24]);
    let messages: Vec<_> = mistakes.iter().map(|mistake| format!("{} [{}]", mistake.message, mistake.help)).collect();
    for (index, part) in [
        (0, "no version 2"),
        (1, "did you mean `tunnels`?"),
        (2, "`tunnels.lab` lacks `script`"),
        (3, "did you mean `script`?"),
        (4, "`tunnels.lab.port` takes a whole number from 1 to 65535, not a text"),
        (6, "did you mean `read`?"),
        (7, "write `/a/b`"),
        (8, "no group"),
        (9, "stands twice"),
        (10, "did you mean `port`?"),
        (19, "did you mean `compose/image-latest`?"),
        (23, "NOBODY is not set"),
    ] {
        assert!(messages[index].contains(part), "{index}: {part}: {}", messages[index]);
    }
    assert_eq!(mistakes[9].related[0].0.start().line, 10);
}

#[test]
fn the_file_as_a_whole() {
    for (text, part) in [
        ("", "the gate file is empty"),
        ("# nothing\n", "the gate file is empty"),
        ("- a\n", "a gate file is a mapping"),
        ("version: 1\n---\nversion: 1\n", "a second one begins"),
        ("tunnels: {}\n", "does not say its `version`"),
        ("version:\n", "has no value"),
        ("version: '1'\n", "takes 1, not a text"),
        ("version: 1\n\tx: 1\n", "found a tab"),
        ("version: 1\na: [\n", "gonogo.yaml:"),
    ] {
        let said = said(text);
        assert!(said.len() == 1 && said[0].contains(part), "{text:?}: {said:?}");
    }
}

#[test]
fn mistakes_in_values() {
    for (value, part) in [
        ("script", "is a mapping"),
        ("[]", "is a mapping"),
        ("{}", "`file` is not named"),
        ("{ service: a }", "`service` needs `env` or `file`"),
        ("{ service: a, env: B, at: /x }", "`env` and `at` exclude each other"),
        ("{ volume: a, service: b, file: /c, at: /d }", "`service` and `volume` exclude each other"),
        ("{ volume: a, file: ../b, match: '(.)' }", "does not lie above it"),
        ("{ file: a.json }", "the file's part is not named"),
        ("{ file: a.json, at: $.b.c }", "write `/b/c`"),
        ("{ file: a.json, at: /b~c }", "`~` is followed by 0 or 1"),
        ("{ file: a.py, match: '(a)(b)' }", "2 groups instead of one"),
        ("{ file: a.py, match: '(a' }", "no regular expression: unclosed group"),
        ("{ file: 5, at: /a }", "`file` takes a text"),
        ("{ file: '${NOBODY}', at: /a }", "NOBODY is not set"),
        ("{ file: a.env, at: A, else: { env: B } }", "`env` needs the `service`"),
        ("{ file: a.env, at: A, esle: { env: B } }", "did you mean `else`?"),
        ("{ file: a.env, at: A, else: { file: '${NOBODY}', at: A } }", "NOBODY is not set"),
    ] {
        let said = only(&format!("agreements:\n  x:\n    between:\n      - {value}\n"));
        assert!(said.contains(part) && said.starts_with("gonogo.yaml:5:"), "{value}: {said}");
    }
}

#[test]
fn a_value_is_read_as_it_is_named() {
    let gate = read(
        "version: 1\nagreements:\n  x:\n    between:\n      - { service: a, env: B }\n      \
         - { service: a, file: /c.json, at: /d, else: { file: '${PORT}.py', match: 'x(.*)$' } }\n      \
         - { volume: v, file: c.env, at: KEY }\n",
    )
    .unwrap();
    let named: Vec<_> = gate.root.pointer("/agreements/x/between").unwrap().items().map(ValueRef::of).collect();
    let named: Vec<_> = named.into_iter().flatten().collect();
    let shown: Vec<_> = named.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["B of service a", "/d in /c.json of service a", "KEY in c.env of volume v"]);
    assert_eq!(named[1].otherwise.as_ref().unwrap().to_string(), "/x(.*)$/ in 5051.py");
    assert_eq!(named[1].place().unwrap().start().line, 6);
}

#[test]
fn interpolation_is_composes_and_blanks_are_mistakes() {
    assert!(only("tunnels: { a: { script: '${EMPTY}' } }").contains("`tunnels.a.script` is empty"));
    assert!(only("tunnels: { a: { script: '${EMPTY:?say it}' } }").contains("demanded here: say it"));
    assert!(only("tunnels: { a: { script: '${' } }").contains("no well-formed reference"));
    assert!(only("tunnels: { a: { script: x, port: 'a${PORT}' } }").contains("not a text"));
    let gate = read("version: 1\ntunnels: { a: { script: 'a$$b' } }").unwrap();
    assert_eq!(gate.root.pointer("/tunnels/a/script").unwrap().as_str(), Some("a$b"));
}

#[test]
fn variables_come_from_the_environment_then_from_the_env_file() {
    let mut variables = Variables::new(&BTreeMap::from([("A".to_owned(), "os".to_owned())]));
    variables.add_env_file(&Source::new(".env", None, "A=file\nB=first\nB=${A}2\n")).unwrap();
    let at = Source::new("g", None, "$A $B").place(0, 5);
    let (text, origin) = variables.interpolate("$A $B", &Origin::Said(at.clone()), &at).unwrap();
    assert_eq!(text, "os os2");
    assert_eq!(origin.place(), Some(&at));
}

#[test]
fn trust_decides_what_may_be_read() {
    let mut gate = read("version: 1\n").unwrap();
    assert!(gate.may_read(Path::new("/repo/a/b")));
    assert!(!gate.may_read(Path::new("/repository/a")) && !gate.may_read(Path::new("/etc/shadow")));
    gate.trusted = true;
    assert!(gate.may_read(Path::new("/etc/shadow")));
}

#[test]
fn durations() {
    use std::time::Duration;
    for (text, millis) in [("500ms", 500), ("10s", 10_000), ("1.5s", 1500), ("1h30m", 5_400_000), ("7d", 604_800_000)]
    {
        assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
    }
    assert_eq!(duration("1us"), Some(Duration::from_micros(1)));
    for text in ["", "10", "s", "10 s", "-1s", "1.2.3s", "1e9d", "99999999999999999999d", "1y", "m", "1s2"] {
        assert_eq!(duration(text), None, "{text}");
    }
}

#[test]
fn the_schema_says_the_same() {
    let schema = schema(SECTIONS, RULES);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let json = |text: &str| {
        let source = Source::new("g", None, text);
        to_json(&yaml::parse(&source).unwrap().into_iter().next().unwrap().root)
    };
    for text in [
        "version: 1\n",
        "version: 1\nfiles: a.yml\ntunnels:\nwaivers: [{ rule: compose/image-latest, reason: x }]\n",
        "version: 1\ntunnels: { a: { script: x, port: '${PORT}', in: [a], wait: 10s, access: read, pick: /a, equals: 5 } }\n",
        "version: 1\nagreements: { a: { between: [{ service: a, env: B }, { file: x, at: /a, else: { file: y, match: (.) } }] } }\n",
    ] {
        assert!(read(text).is_ok(), "{text}: {:?}", said(text));
        assert!(validator.is_valid(&json(text)), "{text}");
    }
    for text in [
        "tunnels: {}\n",
        "version: 2\n",
        "version: 1\ntunels: {}\n",
        "version: 1\ntunnels: { a: {} }\n",
        "version: 1\ntunnels: { a: { script: x, port: 70000 } }\n",
        "version: 1\ntunnels: { a: { script: x, access: raed } }\n",
        "version: 1\ntunnels: { a: { script: x, wait: 10 } }\n",
        "version: 1\nagreements: { a: { between: [{ service: a }] } }\n",
        "version: 1\nagreements: { a: { between: [{ service: a, volume: b, file: c, at: /d }] } }\n",
        "version: 1\nwaivers: [{ rule: compose/image-latst, reason: x }]\n",
        "version: 1\nwaivers: [{ rule: compose/image-latest }]\n",
    ] {
        assert!(read(text).is_err(), "{text}");
        assert!(!validator.is_valid(&json(text)), "{text}");
    }
}

fn to_json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(truth) => (*truth).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::String(text) => text.as_str().into(),
        Value::Seq(items) => items.iter().map(to_json).collect(),
        Value::Map(map) => map.iter().map(|(key, entry)| (key.clone(), to_json(&entry.node))).collect(),
    }
}

/// A pseudo-random number generator that is good enough to damage texts with.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap()
}

#[test]
fn no_text_makes_it_panic() {
    let seed = "version: 1\nfiles: [a]\ntunnels:\n  lab: { script: 'a${B:-c}', port: 1, in: [x], find: '(a)', say: [{}] }\n\
                agreements: { t: { between: [{ service: a, file: /c, at: /d, else: { file: e, match: '(.)' } }] } }\n\
                waivers:\n  - rule: compose/image-latest\n    reason: &r lab\n    subject: *r\n    until: 2026-12-31\n";
    let alphabet: Vec<char> = "{}[]:,-&*!|>'\"%@`$ \n\t#?~/\\()aé\u{0}\u{feff}\u{1F600}0".chars().collect();
    let mut state = 7;
    for _ in 0..4000 {
        let mut text: Vec<char> = seed.chars().collect();
        for _ in 0..=next(&mut state) % 4 {
            let at = next(&mut state) % text.len();
            match next(&mut state) % 3 {
                0 => drop(text.remove(at)),
                1 => text.insert(at, alphabet[next(&mut state) % alphabet.len()]),
                _ => text[at] = alphabet[next(&mut state) % alphabet.len()],
            }
        }
        let text: String = text.into_iter().collect();
        if let Err(mistakes) = read(&text) {
            assert!(!mistakes.is_empty(), "{text}");
        }
    }
}
