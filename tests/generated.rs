//! Files that are generated from the definitions: this says when they are stale. `make schema` writes them anew.
#![allow(clippy::disallowed_methods, reason = "the list is for checks")]
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

#[test]
fn generated_gate_file_schema_is_fresh() {
    let fresh = printed(&["list", "--schema", "gate-file"]);
    let path = support::root().join("src/gatefile/gonogo.schema.json");
    if std::env::var_os("GONOGO_BLESS").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == fresh, "{} is stale: run `make schema`", path.display());
}

/// The README's table of checks is not generated, since people read it as text: it has to name them all.
#[test]
fn generated_by_hand_the_readme_names_every_check() {
    let list: serde_json::Value = serde_json::from_str(&printed(&["list", "--json"])).unwrap();
    let readme = std::fs::read_to_string(support::root().join("README.md")).unwrap_or_default();
    for check in list["checks"].as_array().unwrap() {
        let row = format!("| [`{0}`](checks/{0}/README.md)", check["check"].as_str().unwrap());
        assert!(readme.contains(&row), "the README's table of checks lacks a row `{row} | …`");
    }
}

fn printed(args: &[&str]) -> String {
    let output = support::gonogo(&support::root()).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
