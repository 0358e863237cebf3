//! Secrets typed in the wrong place: an error that repeats an argument must not repeat a secret in it.

use crate::Ground;

#[test]
fn arguments_are_repeated_without_their_secrets() {
    let mut ground = Ground::new();
    let secret = ground.token("argument");
    ground.file("compose.yaml", "services:\n  web:\n    image: web:1\n");
    let url = format!("https://user:{secret}@example.org/compose.yaml");
    let pair = format!("password={secret}");
    for argument in [url.as_str(), &pair, &secret] {
        for flags in [
            &[][..],
            &["--only"],
            &["--skip"],
            &["--format"],
            &["--stage"],
            &["--deadline"],
            &["--output"],
            &["-f"],
            &["-C"],
            &["--env-file"],
            &["--project-directory"],
            &["-p"],
            &["--profile"],
            &["--replay"],
            &["explain"],
            &["list"],
            &["trust"],
            &["check"],
        ] {
            let ran = ground.run(&[flags, &[argument]].concat(), "");
            assert!(ran.status.is_some(), "{flags:?}");
        }
        ground.run(&["check", &format!("--{argument}")], "");
        ground.run(&["check", "--output", &format!("json=/nowhere/{argument}/x")], "");
        ground.run(&["check", "--record", &format!("/nowhere/{argument}/x")], "");
    }
    ground.assert_kept(60);
}

#[test]
fn variables_are_repeated_without_their_secrets() {
    let mut ground = Ground::new();
    let secret = ground.token("variable");
    ground.file("compose.yaml", "services:\n  web:\n    image: web:1\n");
    let url = format!("https://user:{secret}@example.org/x");
    for (name, value) in [
        ("COMPOSE_FILE", url.clone()),
        ("COMPOSE_PROFILES", format!("password={secret}")),
        ("COMPOSE_PROJECT_NAME", format!("password={secret}")),
        ("COMPOSE_ENV_FILES", url.clone()),
        ("DOCKER_HOST", format!("tcp://user:{secret}@nowhere.invalid:2375")),
        ("DOCKER_HOST", format!("ssh://user:{secret}@nowhere.invalid")),
        ("DOCKER_HOST", format!("{secret}://{secret}")),
        ("DOCKER_CONTEXT", format!("password={secret}")),
        ("DOCKER_CONFIG", format!("/nowhere/token={secret}")),
    ] {
        ground.variables = vec![("DOCKER_HOST".to_owned(), String::new()), (name.to_owned(), value)];
        for format in ["table", "json", "junit"] {
            ground.run(&["check", "--deadline", "2s", "-v", "--format", format], "");
        }
    }
    ground.assert_kept(27);
}
