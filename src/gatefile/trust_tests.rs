use super::*;

fn place() -> (tempfile::TempDir, PathBuf, Store) {
    let home = tempfile::tempdir().unwrap();
    let gate = home.path().join("gonogo.yaml");
    fs::write(&gate, "version: 1\n").unwrap();
    let store = Store::at(home.path().join("data/gonogo/trust"));
    (home, gate, store)
}

#[test]
fn trust_holds_for_these_bytes_at_this_path() {
    let (home, gate, store) = place();
    assert!(!store.is_trusted(&gate, b"version: 1\n"));
    store.record(&gate, b"version: 1\n").unwrap();
    assert!(store.is_trusted(&gate, b"version: 1\n"));
    assert!(!store.is_trusted(&gate, b"version: 1 \n"));
    assert!(!store.is_trusted(&home.path().join("gonogo.yml"), b"version: 1\n"));
    assert!(store.is_trusted(&home.path().join("data/../gonogo.yaml"), b"version: 1\n"));
    store.record(&gate, b"version: 1\n# more\n").unwrap();
    assert!(!store.is_trusted(&gate, b"version: 1\n"));
    assert!(store.revoke(&gate).unwrap());
    assert!(!store.revoke(&gate).unwrap());
    assert!(!store.is_trusted(&gate, b"version: 1\n# more\n"));
}

#[test]
fn the_list_says_what_has_changed_since() {
    let (home, gate, store) = place();
    assert_eq!(store.list().unwrap(), []);
    store.record(&gate, b"version: 1\n").unwrap();
    fs::write(store.directory.join("stray"), "0\n/etc/passwd").unwrap();
    let gate = fs::canonicalize(home.path()).unwrap().join("gonogo.yaml");
    assert_eq!(store.list().unwrap(), [Record { path: gate.clone(), current: true }]);
    fs::write(&gate, "version: 1\ncommands: {}\n").unwrap();
    assert_eq!(store.list().unwrap(), [Record { path: gate.clone(), current: false }]);
    fs::remove_file(&gate).unwrap();
    assert_eq!(store.list().unwrap(), [Record { path: gate.clone(), current: false }]);
    assert!(store.revoke(&gate).unwrap());
}

#[cfg(unix)]
#[test]
fn records_are_private_and_a_record_that_others_may_write_counts_for_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let (_home, gate, store) = place();
    store.record(&gate, b"x").unwrap();
    let file = store.file(&identity(&gate));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&store.directory).unwrap().permissions().mode() & 0o777, 0o700);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(!store.is_trusted(&gate, b"x"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(store.is_trusted(&gate, b"x"));
    fs::set_permissions(&store.directory, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(!store.is_trusted(&gate, b"x"));
}

#[cfg(unix)]
#[test]
fn odd_paths_are_paths() {
    use std::os::unix::ffi::OsStrExt;
    let (home, _, store) = place();
    for name in [&b"line\nbreak"[..], b"\xff\xfe", b" ", b"--list", "größe".as_bytes()] {
        let directory = home.path().join(std::ffi::OsStr::from_bytes(name));
        fs::create_dir(&directory).unwrap();
        let gate = directory.join("gonogo.yaml");
        fs::write(&gate, "x").unwrap();
        store.record(&gate, b"x").unwrap();
        assert!(store.is_trusted(&gate, b"x"), "{name:?}");
    }
    let listed = store.list().unwrap();
    assert_eq!(listed.len(), 5);
    assert!(listed.iter().all(|record| record.current));
}

#[test]
fn the_store_is_where_the_platform_keeps_data() {
    let of = |pairs: &[(&str, &str)]| {
        let environment = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Store::of_user(&environment).map(|store| store.directory)
    };
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[("XDG_DATA_HOME", "/d"), ("HOME", "/h")]).unwrap(), Path::new("/d/gonogo/trust"));
    let home = of(&[("XDG_DATA_HOME", "relative"), ("HOME", "/h")]).unwrap();
    assert!(home.starts_with("/h") && home.ends_with("gonogo/trust"), "{home:?}");
}

#[test]
fn what_is_withheld_is_network_ssh_and_programs() {
    let mut allowed = Allowed::all();
    withhold(&mut allowed);
    for source in Source::ALL {
        let withheld = [Source::Network, Source::Ssh, Source::Programs].contains(&source);
        assert_eq!(allowed.why_not(source).is_some(), withheld, "{source}");
    }
}
