//! Secrets in files: each place named in an agreement that does not hold, so that a finding speaks about it.

use std::fmt::Write;

use crate::Ground;

/// An agreement between a place and another value, which differs.
struct Agreements(String);

impl Agreements {
    fn with(&mut self, name: &str, place: &str) {
        writeln!(
            self.0,
            "  {name}:\n    secret: true\n    between:\n      - {place}\n      - {{ file: other.env, at: OTHER_TOKEN }}"
        )
        .unwrap();
    }
}

#[test]
fn secrets_in_files_stay_inside() {
    let mut ground = Ground::new();
    let mut gate = Agreements("version: 1\nagreements:\n".to_owned());
    let g = &mut ground;
    let other = g.words("other.env");
    g.file("other.env", format!("OTHER_TOKEN={other}\n"));

    let mut compose = "name: ground\n".to_owned();
    writeln!(compose, "x-common: &common\n  COMMON_PASSWORD: {}", g.words("anchor")).unwrap();
    compose += "services:\n  api:\n    image: example/api:1\n    build:\n      context: api\n      args:\n";
    writeln!(compose, "        NPM_TOKEN: {}", g.token("build arg")).unwrap();
    gate.with("build-arg", "{ file: compose.yaml, at: /services/api/build/args/NPM_TOKEN }");
    let (flag, key) = (g.words("flag in command"), g.token("argument in command"));
    writeln!(compose, "    command: [serve, --password={flag}, --api-key, {key}]").unwrap();
    gate.with("command-flag", "{ file: compose.yaml, at: /services/api/command/1 }");
    gate.with("command-argument", "{ file: compose.yaml, at: /services/api/command/3 }");
    compose += "    environment:\n      <<: *common\n";
    gate.with("anchor", "{ service: api, env: COMMON_PASSWORD }");
    for (name, value) in [
        ("AGENT_TOKEN", g.words("environment, words")),
        ("SESSION_SECRET", "${SESSION_SECRET}".to_owned()),
        ("PLAIN_NAME", "${HOST_TOKEN}".to_owned()),
        ("WITH_DEFAULT", format!("${{API_PASSWORD:-{}}}", g.words("default of a variable"))),
        ("DATABASE_URL", format!("postgres://app:{}@db:5432/app", g.words("userinfo of a URL"))),
        ("CALLBACK", format!("https://hooks.example.org/x?token={}&y=1", g.words("query of a URL"))),
        ("UNSUSPICIOUS", g.token("plain name, high entropy")),
        ("QUOTED_PASSWORD", format!("'{}'", g.words("quoted"))),
        ("DSN", format!("\"host=db user=app password={} dbname=app\"", g.words("dsn"))),
    ] {
        writeln!(compose, "      {name}: {value}").unwrap();
        gate.with(&name.to_lowercase().replace('_', "-"), &format!("{{ service: api, env: {name} }}"));
    }
    let folded = g.words("folded scalar");
    writeln!(compose, "      FOLDED_SECRET: >-\n        {folded}").unwrap();
    gate.with("folded", "{ service: api, env: FOLDED_SECRET }");
    compose += "    env_file: [api.env]\n    labels:\n";
    writeln!(compose, "      com.example.api-key: {}", g.words("label")).unwrap();
    gate.with("label", "{ file: compose.yaml, at: /services/api/labels/com.example.api-key }");
    let (user, bearer) = (g.words("curl -u"), g.token("bearer"));
    writeln!(compose, "    healthcheck:\n      test: \"curl -fsS -u admin:{user} -H 'Authorization: Bearer {bearer}' http://localhost:8000/health\"").unwrap();
    gate.with("healthcheck", "{ file: compose.yaml, at: /services/api/healthcheck/test }");
    compose += "    secrets: [signing, from-host]\n    configs: [inline, mounted]\n    ports: [\"8000:8000\"]\n";
    compose += "  agent:\n    image: example/agent:1\n    depends_on: [api]\n    environment:\n      API_URL: http://api:8000\n";
    // Another value under the same name: the rule without configuration speaks about both.
    writeln!(compose, "      AGENT_TOKEN: {}", g.words("the other agent token")).unwrap();
    compose += "    volumes: [\"./agent_config.json:/app/agent_config.json:ro\"]\n";
    compose += "secrets:\n  signing: {file: ./signing.key}\n  from-host: {environment: HOST_SECRET}\n";
    writeln!(
        compose,
        "configs:\n  mounted: {{file: ./app.yaml}}\n  inline:\n    content: |\n      password: {}",
        g.words("inline config")
    )
    .unwrap();
    gate.with("inline-config", "{ file: compose.yaml, at: /configs/inline/content }");
    g.file("compose.yaml", &compose);

    let line = format!("SESSION_SECRET={}\nUNUSED_API_KEY={}\n", g.words(".env"), g.words(".env, unused"));
    g.file(".env", line);
    gate.with("dot-env-unused", "{ file: .env, at: UNUSED_API_KEY }");
    let line = format!(
        "ADMIN_PASSWORD={}\nexport SMTP_URL=\"smtp://mail:{}@mail:25\"\n",
        g.words("env_file"),
        g.words("env_file, URL")
    );
    g.file("api.env", line);
    gate.with("env-file", "{ service: api, env: ADMIN_PASSWORD }");
    gate.with("env-file-url", "{ service: api, env: SMTP_URL }");
    let config = format!("{{\n  \"server\": {{\"auth_token\": \"{}\"}}\n}}\n", g.words("agent config"));
    g.file("agent_config.json", config);
    gate.with("agent-config", "{ service: agent, file: /app/agent_config.json, at: /server/auth_token }");
    let secret = g.token("secret file");
    g.file("signing.key", format!("-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n"));
    gate.with("secret-file", "{ file: signing.key, match: '-\\n(\\S+)\\n-' }");
    let config = format!("listen: 8000\nsmtp:\n  password: {}\n", g.words("config file"));
    g.file("app.yaml", config);
    gate.with("config-file", "{ file: app.yaml, at: /smtp/password }");
    let (env, url) = (g.words("Dockerfile ENV"), g.words("Dockerfile RUN"));
    g.file("api/Dockerfile", format!("FROM scratch\nENV JWT_SECRET={env}\nARG NPM_TOKEN=none\nRUN curl https://build:{url}@packages.example.org/x\n"));
    gate.with("dockerfile", "{ file: api/Dockerfile, match: 'JWT_SECRET=(\\S+)' }");
    let code = format!("import os\n\nAGENT_TOKEN = os.environ.get('AGENT_TOKEN', '{}')\n", g.words("code default"));
    g.file("api/app/config.py", code);
    gate.with("code-default", "{ file: api/app/config.py, match: \"'AGENT_TOKEN', '([^']+)'\" }");
    let (export, pass, header) = (g.words("script, export"), g.words("sshpass"), g.words("script, header"));
    g.file(
        "tunnel.sh",
        format!(
            "#!/bin/sh\nexport LAB_PASSWORD={export}\nsshpass -p {pass} ssh -N -L 8000:localhost:9999 lab@lab.example.org\n\
             curl -H 'X-Api-Key: {header}' http://localhost:8000/\n"
        ),
    );
    gate.with("script", "{ file: tunnel.sh, match: 'LAB_PASSWORD=(\\S+)' }");
    gate.with("sshpass", "{ file: tunnel.sh, match: 'sshpass -p (\\S+)' }");
    let (comment, waived) = (g.words("comment of the gate file"), g.words("reason of a waiver"));
    writeln!(
        gate.0,
        "# password: {comment}\nwaivers:\n  - {{ rule: compose/image-latest, subject: x, reason: \"password: {waived}\", until: 2999-01-01 }}"
    )
    .unwrap();
    g.file("gonogo.yaml", &gate.0);
    for name in ["HOST_TOKEN", "HOST_SECRET", "UNUSED_TOKEN"] {
        let value = g.words(&format!("variable of the operating system, {name}"));
        g.variables.push((name.to_owned(), value));
    }

    let names: Vec<&str> = gate
        .0
        .lines()
        .filter_map(|l| l.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|l| !l.starts_with(' '))
        .collect();
    let report = g.run(&["check", "--stage", "build", "--format", "json"], "").json();
    let found = |name: &&&str| {
        let rows = report["results"].as_array().unwrap();
        rows.iter().any(|row| {
            row["outcome"] == "fail" && row["subject"].as_str().is_some_and(|subject| subject.contains(**name))
        })
    };
    let silent: Vec<_> = names.iter().filter(|name| !found(name)).collect();
    assert!(names.len() > 25, "{names:?}");
    assert!(silent.is_empty(), "not read: {silent:?}\n{report:#}");

    let tables = g.judge(&["push", "build", "restart"], &[]);
    assert!(tables.contains("••••••"), "{tables}");
    for line in ["AGENT_TOKEN: ••••••", "ADMIN_PASSWORD=••••••", "\"auth_token\": \"••••••\"", "LAB_PASSWORD=••••••"]
    {
        assert!(tables.contains(line), "`{line}` is not shown:\n{tables}");
    }
    g.resolve(&[]);
    for rule in ["agreements/values-differ", "compose/invalid"] {
        g.run(&["explain", rule], "");
    }
    g.run(&["list"], "");
    g.run(&["list", "--json"], "");
    g.run(&["trust"], "");
    g.run(&["trust", "--list"], "");
    g.assert_kept(43);
}
