use super::*;

/// A directory with the files named, each holding `version: 1`; a name that ends in `/` is a directory.
fn tree(names: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    for name in names {
        let path = directory.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "version: 1\n").unwrap();
        }
    }
    let root = fs::canonicalize(directory.path()).unwrap();
    (directory, root)
}

fn look(start: &Path) -> Result<Option<PathBuf>, String> {
    find(start, &|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .map(|found| found.map(|found| found.path))
        .map_err(|unusable| unusable.to_string())
}

#[test]
fn upwards_to_the_root_of_the_repository_and_no_further() {
    let (_kept, root) = tree(&["repo/.git/", "repo/gonogo.yaml", "repo/docker/lab/", "gonogo.yaml", "loose/"]);
    let gate = root.join("repo/gonogo.yaml");
    assert_eq!(look(&root.join("repo")), Ok(Some(gate.clone())));
    assert_eq!(look(&root.join("repo/docker/lab")), Ok(Some(gate.clone())));
    fs::remove_file(gate).unwrap();
    assert_eq!(look(&root.join("repo/docker/lab")), Ok(None));
    assert_eq!(look(&root.join("loose")), Ok(None));
    assert_eq!(look(&root), Ok(Some(root.join("gonogo.yaml"))));
    assert_eq!(look(&root.join("not/there")), Ok(None));
}

#[test]
fn a_worktree_is_a_repository_and_the_nearest_file_counts() {
    let (_kept, root) = tree(&["wt/.git", "wt/gonogo.yaml", "wt/a/gonogo.yml", "wt/a/b/"]);
    assert_eq!(look(&root.join("wt/a/b")), Ok(Some(root.join("wt/a/gonogo.yml"))));
    let found = find(&root.join("wt/a/b"), &|path| path.display().to_string()).unwrap().unwrap();
    assert_eq!(found.repository, root.join("wt"));
}

#[test]
fn what_cannot_be_used_is_said() {
    let (_kept, root) =
        tree(&["two/gonogo.yaml", "two/gonogo.yml", "directory/gonogo.yaml/", "big/", "binary/", "empty/"]);
    assert!(look(&root.join("two")).unwrap_err().contains("keep one"));
    assert!(look(&root.join("directory")).unwrap_err().contains("not a regular file"));
    fs::write(root.join("big/gonogo.yaml"), vec![b'#'; usize::try_from(LIMIT).unwrap() + 1]).unwrap();
    assert!(look(&root.join("big")).unwrap_err().contains("larger than 1 MiB"));
    fs::write(root.join("binary/gonogo.yaml"), [0xff, 0xfe, 0]).unwrap();
    assert!(look(&root.join("binary")).unwrap_err().contains("not UTF-8"));
}

#[cfg(unix)]
#[test]
fn links_within_the_repository_only() {
    use std::os::unix::fs::symlink;
    let (_kept, root) = tree(&["repo/.git/", "repo/deploy/gate.yaml", "repo/sub/", "outside.yaml"]);
    let gate = root.join("repo/gonogo.yaml");
    symlink("deploy/gate.yaml", &gate).unwrap();
    assert_eq!(look(&root.join("repo/sub")), Ok(Some(gate.clone())));
    fs::remove_file(&gate).unwrap();
    symlink("../outside.yaml", &gate).unwrap();
    assert!(look(&root.join("repo")).unwrap_err().contains("out of the repository"));
    fs::remove_file(&gate).unwrap();
    symlink("gonogo.yaml", &gate).unwrap();
    assert!(look(&root.join("repo")).unwrap_err().contains("cannot be read"));
    fs::remove_file(&gate).unwrap();
    symlink("nowhere", &gate).unwrap();
    assert!(look(&root.join("repo")).unwrap_err().contains("cannot be read"));
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_not_waited_for() {
    let (_kept, root) = tree(&["pipe/"]);
    let status = std::process::Command::new("mkfifo").arg(root.join("pipe/gonogo.yaml")).status().unwrap();
    assert!(status.success());
    assert!(look(&root.join("pipe")).unwrap_err().contains("not a regular file"));
}
