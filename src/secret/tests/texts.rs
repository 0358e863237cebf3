//! What is masked in a text of each format, and what is not.

use super::super::scan::secrets_in;

/// The text with every secret replaced by `•`.
fn masked(name: &str, text: &str) -> String {
    let mut out = text.to_owned();
    for range in secrets_in(name, text).into_iter().rev() {
        out.replace_range(range, "•");
    }
    out
}

fn check(name: &str, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(masked(name, text), *expected, "in {name}: {text}");
    }
}

#[test]
fn yaml() {
    check(
        "compose.yml",
        &[
            ("  DB_PASSWORD: hunter2 # ours", "  DB_PASSWORD: • # ours"),
            ("  DB_PASSWORD: \"hunter2 # no comment\"", "  DB_PASSWORD: \"•\""),
            ("  DB_PASSWORD: 'it''s'", "  DB_PASSWORD: '•'"),
            ("  DB_PASSWORD: 12345", "  DB_PASSWORD: •"),
            ("  - DB_PASSWORD=hunter2 and more", "  - DB_PASSWORD=•"),
            ("  - \"DB_PASSWORD=hunter2 and more\"", "  - \"DB_PASSWORD=•\""),
            ("  - 'DB_PASSWORD=hunter2' # c", "  - 'DB_PASSWORD=•' # c"),
            ("  DB_PASSWORD: ${DB_PASSWORD}", "  DB_PASSWORD: ${DB_PASSWORD}"),
            ("  - TOKEN=${TOKEN:?set it}", "  - TOKEN=${TOKEN:?set it}"),
            ("  FOO: ${DB_PASSWORD:-hunter2}", "  FOO: ${DB_PASSWORD:-•}"),
            ("  FOO: a${DB_PASSWORD-hunter2}b", "  FOO: a${DB_PASSWORD-•}b"),
            ("  password: |\n    line one\n    line two\nports: []", "  password: |\n    •\n    •\nports: []"),
            ("tokens:\n  - abc-1\n  - 'def-2'\nports: []", "tokens:\n  - •\n  - '•'\nports: []"),
            ("secrets:\n  - db_password\n  - api_key", "secrets:\n  - db_password\n  - api_key"),
            ("secrets:\n  db_password:\n    file: ./pw.txt", "secrets:\n  db_password:\n    file: ./pw.txt"),
            ("secrets: [db_password]", "secrets: [db_password]"),
            ("tokens: [abc-1, 'def-2']", "tokens: [•, '•']"),
            ("env: {PASSWORD: hunter2, PORT: 80}", "env: {PASSWORD: •, PORT: 80}"),
            ("command: serve --token abc-1 --port 80", "command: serve --token • --port 80"),
            ("command: serve --token=abc-1 --port 80", "command: serve --token=• --port 80"),
            ("command: [\"serve\", \"--token\", \"abc-1\"]", "command: [\"serve\", \"--token\", \"•\"]"),
            ("command:\n  - --token\n  - abc-1\n  - -v", "command:\n  - --token\n  - •\n  - -v"),
            ("command: redis-server --requirepass hunter2", "command: redis-server --requirepass •"),
            ("  - ./token:/run/token:ro", "  - ./token:/run/token:ro"),
            ("image: registry/vault-token:1.2", "image: registry/vault-token:1.2"),
            ("  AUTH_ENABLED: true\n  AUTH_TOKEN: true", "  AUTH_ENABLED: true\n  AUTH_TOKEN: true"),
            ("  TOKEN_URL: http://auth:8080/token", "  TOKEN_URL: http://auth:8080/token"),
            ("  DATABASE_URL: postgres://u:p@db/x", "  DATABASE_URL: postgres://•:•@db/x"),
            ("  POSTGRES_PASSWORD_FILE: /run/secrets/db", "  POSTGRES_PASSWORD_FILE: /run/secrets/db"),
            ("  PASSWORD: &pw hunter2\n  OTHER_PASSWORD: *pw", "  PASSWORD: •\n  OTHER_PASSWORD: *pw"),
            ("  password:\n    hunter2\n  port: 80", "  password:\n    •\n  port: 80"),
            ("# DB_PASSWORD: hunter2", "# DB_PASSWORD: •"),
            ("key: id", "key: id"),
            ("TOKEN: abc-1\r\nPORT: 80\r\n", "TOKEN: •\r\nPORT: 80\r\n"),
        ],
    );
}

#[test]
fn json() {
    check(
        "config.json",
        &[
            (r#"{"auth_token": "abc-1", "port": 80}"#, r#"{"auth_token": "•", "port": 80}"#),
            (r#"{"password":"a\"b","x":1}"#, r#"{"password":"•","x":1}"#),
            (r#"{"password":12345,"x":1}"#, r#"{"password":•,"x":1}"#),
            (r#"{"token": null, "secret": {"a": "b"}}"#, r#"{"token": null, "secret": {"a": "b"}}"#),
            (r#"{"tokenUrl": "http://x/"}"#, r#"{"tokenUrl": "http://x/"}"#),
            (r#"{"auths": {"ghcr.io": {"auth": "dTpw"}}}"#, r#"{"auths": {"ghcr.io": {"auth": "•"}}}"#),
            (r#"{"public_key": "abc-1"}"#, r#"{"public_key": "abc-1"}"#),
        ],
    );
}

#[test]
fn env_files_and_ini() {
    check(
        ".env",
        &[
            ("DB_PASSWORD=correct horse battery", "DB_PASSWORD=•"),
            ("DB_PASSWORD=hunter2 # ours", "DB_PASSWORD=• # ours"),
            ("export TOKEN=abc-1", "export TOKEN=•"),
            ("DB_PASSWORD=\"multi\nline\"\nPORT=80", "DB_PASSWORD=\"•\"\nPORT=80"),
            ("DB_PASSWORD='hunter2'", "DB_PASSWORD='•'"),
            ("DB_PASSWORD=\nPORT=80", "DB_PASSWORD=\nPORT=80"),
            ("PWD=/home/lab\nKEYBOARD=us", "PWD=/home/lab\nKEYBOARD=us"),
            ("password = hunter2", "password = •"),
            ("DSN=host=db user=app password=hunter2", "DSN=•"),
            ("CONN=host=db password=hunter2 user=app", "CONN=host=db password=• user=app"),
            ("requirepass hunter2", "requirepass •"),
            ("snmp_community = private-lab", "snmp_community = •"),
        ],
    );
}

#[test]
fn scripts_dockerfiles_and_xml() {
    check(
        "tunnel.sh",
        &[
            ("TOKEN=abc-1 ./run --port 80", "TOKEN=•"),
            ("curl -H \"Authorization: Bearer abc-1\" http://x", "curl -H \"Authorization: Bearer •\" http://x"),
            ("docker run -e DB_PASSWORD=hunter2 -p 80:80 x", "docker run -e DB_PASSWORD=• -p 80:80 x"),
            ("export A=1 TOKEN=abc-1 B=2", "export A=1 TOKEN=• B=2"),
            ("sshpass --password 'a b' ssh x", "sshpass --password '•' ssh x"),
            ("TOKEN=$(cat /run/secrets/t)", "TOKEN=$(cat /run/secrets/t)"),
            (
                "ssh -i ~/.ssh/id_ed25519 -L 5051:localhost:5051 pi",
                "ssh -i ~/.ssh/id_ed25519 -L 5051:localhost:5051 pi",
            ),
        ],
    );
    check(
        "Dockerfile",
        &[
            ("ENV TOKEN=abc-1 PORT=80", "ENV TOKEN=• PORT=80"),
            ("ENV TOKEN abc-1", "ENV TOKEN •"),
            ("ARG API_KEY=abc-1", "ARG API_KEY=•"),
        ],
    );
    check("web.config", &[("<password>hunter2</password>", "<password>•</password>")]);
    check("agent.service", &[("Environment=\"TOKEN=a b\"", "Environment=\"TOKEN=•\"")]);
}

#[test]
fn defaults_in_code() {
    check(
        "config.py",
        &[
            ("T = os.environ.get('AUTH_TOKEN', 'lab-default')", "T = os.environ.get('AUTH_TOKEN', '•')"),
            ("T = config(\"SECRET_KEY\", default=\"abc-1\")", "T = config(\"SECRET_KEY\", default=\"•\")"),
            ("T = os.environ.get('AUTH_TOKEN') or 'lab'", "T = os.environ.get('AUTH_TOKEN') or '•'"),
            ("def login(password: str, token=None):", "def login(password: str, token=None):"),
            ("password = read_password(path)", "password = read_password(path)"),
            ("if token == 'abc-1':", "if token == '•':"),
        ],
    );
    check("app.ts", &[("const t = process.env.AUTH_TOKEN || 'lab';", "const t = process.env.AUTH_TOKEN || '•';")]);
    check(
        "app.js",
        &[("const t = process.env['AUTH_TOKEN'] ?? \"lab\"", "const t = process.env['AUTH_TOKEN'] ?? \"•\"")],
    );
    check("main.go", &[("token := \"abc-1\"", "token := \"•\"")]);
}

#[test]
fn odd_texts_are_no_trouble() {
    for text in [
        "",
        "password",
        "password:",
        "password=",
        "password: \"",
        "${password",
        "${password:-",
        "${password:-{",
        "\"password",
        "\"password\"",
        "\"password\":",
        "<password>",
        "--password",
        "- --password\n",
        "password: |",
        "password:\n",
        "://",
        "://@",
        "a://:@",
        "a://é:ü@ö/?token=ß",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "пароль_password: ß # é",
        "password:\n\t- é",
        "\u{feff}password: x",
        "passwordé: x",
        "é.password=é",
        "password\0=\0",
        "tokens: [",
        "tokens: [é",
        "token:é",
        "password: |é",
    ] {
        for cut in 0..=text.len() {
            if let Some(text) = text.get(..cut) {
                for name in ["a.yml", "a.py", ""] {
                    for range in secrets_in(name, text) {
                        assert!(text.get(range).is_some(), "{text}");
                    }
                }
            }
        }
    }
}

/// Time grows with the length of the text, whatever is in it: each of these would take minutes if it grew with the
/// square.
#[test]
fn hostile_texts_take_no_longer() {
    let many = 15_000;
    let started = std::time::Instant::now();
    for text in [
        r#"{"token":"x","key":1},"#.repeat(many),
        "token: \"".repeat(many),
        "token=".repeat(many),
        "${token:-".repeat(many),
        "<token>".repeat(many),
        "token: [".repeat(many),
        "a://b:".repeat(many),
        "a://b:c@d?token=".repeat(many),
        "token".repeat(many),
        "token:\n".repeat(many),
        "token: |\n ".repeat(many),
        "-----BEGIN PRIVATE KEY-----".repeat(many),
        "-----BEGIN ".repeat(many),
        "Aa1".repeat(many),
        "--token ".repeat(many),
        "\"token\", ".repeat(many),
    ] {
        secrets_in("a.yml", &text);
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
