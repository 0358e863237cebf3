//! Secrets beside mistakes: a parser's words about a line must not hold the line's secrets.

use crate::Ground;

/// The text with a secret for each `@`; `@@` is a secret and an `@`.
fn filled(text: &str, secret: &str) -> String {
    text.replace("@@", "\0").replace('@', secret).replace('\0', &format!("{secret}@"))
}

/// Each a stack of one file that is broken at, before or behind a secret.
#[test]
fn mistakes_beside_secrets() {
    for (name, broken) in [
        ("unclosed quote", "services:\n  web:\n    image: a\n    environment:\n      DB_PASSWORD: \"@\n"),
        ("quote in the middle", "services:\n  web:\n    environment:\n      DB_PASSWORD: \"@\" x\n"),
        ("two colons", "services:\n  web:\n    environment:\n      DB_PASSWORD: @: b: c\n"),
        ("tab", "services:\n  web:\n    environment:\n\tDB_PASSWORD: @\n"),
        ("indentation", "services:\n  web:\n    environment:\n      A: b\n     DB_PASSWORD: @\n"),
        ("unclosed flow", "services: {web: {environment: {DB_PASSWORD: @\n"),
        ("alias", "services:\n  web:\n    environment: {DB_PASSWORD: @, A: *nowhere}\n"),
        ("tag", "services:\n  web:\n    environment: {DB_PASSWORD: !!int @}\n"),
        (
            "key twice",
            "services:\n  web:\n    image: a\n    environment:\n      DB_PASSWORD: @\n      DB_PASSWORD: @\n",
        ),
        ("list for a text", "services:\n  web:\n    image: a\n    environment:\n      DB_PASSWORD: [@]\n"),
        ("unknown key", "services:\n  web:\n    image: a\n    enviroment:\n      DB_PASSWORD: @\n"),
        ("value for a mapping", "services:\n  web:\n    image: a\n    environment: DB_PASSWORD=@\n"),
        ("unknown key with a secret", "services:\n  web:\n    image: a\n    db_password: @\n"),
        ("unclosed variable", "services:\n  web:\n    image: a\n    environment:\n      DB_PASSWORD: ${A:-@\n"),
        ("wrong variable", "services:\n  web:\n    image: a\n    environment:\n      DB_PASSWORD: ${A B-@}\n"),
        (
            "required variable",
            "services:\n  web:\n    image: a\n    environment:\n      DB_PASSWORD: ${A:?password=@}\n",
        ),
        ("dollar", "services:\n  web:\n    image: a\n    environment:\n      DB_PASSWORD: @$x@\n"),
        ("control character", "services:\n  web:\n    environment:\n      DB_PASSWORD: @\u{1}\n"),
        ("port", "services:\n  web:\n    image: a\n    ports: [\"password=@:80\"]\n"),
        ("image", "services:\n  web:\n    image: https://user:@@registry.example.org/a b\n"),
        ("volume", "services:\n  web:\n    image: a\n    volumes: [\"./x:/y:password=@\"]\n"),
        ("duration", "services:\n  web:\n    image: a\n    healthcheck: {test: x, interval: password=@}\n"),
        ("secret without a source", "services:\n  web:\n    image: a\nsecrets:\n  s: {password: @}\n"),
        ("env_file", "services:\n  web:\n    image: a\n    env_file: https://user:@@example.org/.env\n"),
        ("extends", "services:\n  web:\n    extends: {service: a, file: 'https://user:@@example.org/a'}\n"),
        ("include", "include: ['https://user:@@example.org/compose.yaml']\n"),
        ("network", "services:\n  web:\n    image: a\n    networks: {'password=@': {}}\n"),
        ("not YAML at all", "DB_PASSWORD = @ ; { [ \n"),
        ("second document", "services: {web: {image: a}}\n---\nDB_PASSWORD: [@\n"),
    ] {
        let mut ground = Ground::new();
        let secret = ground.words(name);
        let text = filled(broken, &secret);
        ground.file("compose.yaml", &text);
        let tables = ground.judge(&["build"], &[]);
        ground.run(&["-f", "-", "--stage", "build"], &text);
        ground.resolve(&[]);
        let named = tables.contains("compose.yaml:") || tables.contains("\nGO  ");
        assert!(named, "{name}: no place is shown: {tables}");
        ground.assert_kept(10);
    }
}

/// The same in the other files that are parsed.
#[test]
fn mistakes_in_other_files() {
    let compose = "services:\n  web:\n    image: a\n    env_file: web.env\n    environment: {A: '${B}'}\n    \
                   volumes: ['./app.json:/app.json']\nsecrets: {s: {file: ./s.txt}}\n";
    for (file, broken) in [
        ("web.env", "DB_PASSWORD='@\n"),
        ("web.env", "DB PASSWORD=@\n"),
        ("web.env", "DB_PASSWORD @\n"),
        ("web.env", "DB_PASSWORD=\"${@\n"),
        ("web.env", "DB_PASSWORD=\"@\"x\n"),
        ("web.env", "A=1\n=@\n"),
        (".env", "DB_PASSWORD='@\n"),
        (".env", "DB PASSWORD=@\n"),
        (".env", "export DB_PASSWORD: @ {\n"),
        (".env", "B=\"${DB_PASSWORD:-@}\"\n"),
        ("app.json", "{\"password\": \"@\n"),
        ("app.json", "{\"password\": \"@\", }}\n"),
        ("app.json", "password: @\n"),
        ("gonogo.yaml", "version: 1\npassword: @\n"),
        ("gonogo.yaml", "version: 1\nagreements:\n  a: {secret: true, password: @}\n"),
        ("gonogo.yaml", "version: 1\nagreements:\n  a: {between: [{token: @}, {service: web, env: A}]}\n"),
        ("gonogo.yaml", "version: 1\nagreements: {a: {password: @\n"),
        ("gonogo.yaml", "version: password=@\n"),
        ("gonogo.yaml", "version: 1\nagreements:\n  a: \"password=@\" x\n"),
        (
            "gonogo.yaml",
            "version: 1\nagreements:\n  a: {between: [{file: web.env, match: 'PASSWORD=(@'}, {service: web, env: A}]}\n",
        ),
        ("gonogo.yaml", "version: 1\npassword: ${UNCLOSED:-@\n"),
    ] {
        let mut ground = Ground::new();
        ground.file("compose.yaml", compose);
        for good in ["web.env", ".env", "s.txt"] {
            ground.file(good, "A=1\n");
        }
        ground.file("app.json", "{}");
        // Without a name in front of it nothing but its looks tells that it is secret.
        let named = broken.to_lowercase().contains("password") || broken.contains("token");
        let place = format!("{file}: {broken}");
        let secret = if named { ground.words(&place) } else { ground.token(&place) };
        ground.file(file, filled(broken, &secret));
        let said = ground.judge(&["build"], &[]) + &ground.run(&["check", "--stage", "build"], "").stderr;
        ground.resolve(&[]);
        if file != "app.json" {
            assert!(said.contains(file), "{file} is not named: {broken:?}: {said}");
        }
        ground.assert_kept(10);
    }
}
