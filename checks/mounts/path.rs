//! Paths as words: which lies below which, and what their names say about them.

/// A path without empty, `.` and `..` parts and without a slash at its end; links are not looked at.
pub(super) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// What is left of a path below a directory, both clean: empty if it is the directory itself.
pub(super) fn below<'a>(path: &'a str, directory: &str) -> Option<&'a str> {
    if directory == "/" {
        return path.strip_prefix('/');
    }
    let rest = path.strip_prefix(directory)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// A path below a directory; the directory itself if there is nothing left.
pub(super) fn join(directory: &str, rest: &str) -> String {
    if rest.is_empty() { directory.to_owned() } else { format!("{}/{rest}", directory.trim_end_matches('/')) }
}

/// The last part of a path.
pub(super) fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// What a name says about what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    /// Only files are called so.
    File,
    /// Files are called so, and directories, too: `next.js`.
    RatherFile,
    /// Only directories are called so.
    Directory,
    /// It says nothing.
    Open,
}

/// Endings that only files have.
#[rustfmt::skip]
const FILES: &[&str] = &[
    "7z", "bz2", "cer", "cert", "cfg", "cnf", "conf", "config", "crt", "csr", "css", "csv", "db3", "env", "gpg", "gz",
    "hcl", "htm", "html", "htpasswd", "ini", "j2", "jar", "jks", "json", "json5", "jsonc", "key", "keystore", "kdbx",
    "ldif", "local", "lock", "lua", "p12", "password", "pem", "pfx", "php", "pid", "pl", "properties", "ps1", "py",
    "rb", "secret", "sh", "sock", "socket", "sql", "sqlite", "sqlite3", "tar", "template", "tf", "tgz", "tmpl",
    "token", "toml", "tpl", "tsv", "txt", "vcl", "war", "xml", "xsd", "yaml", "yml", "zone",
];

/// Endings of files that are endings of projects' names and of hosts', too.
const RATHER_FILES: &[&str] = &["cjs", "db", "go", "js", "jsx", "log", "md", "mjs", "rules", "ts", "tsx", "zip"];

/// Whole names that only files have.
#[rustfmt::skip]
const FILE_NAMES: &[&str] = &[
    ".bash_history", ".bashrc", ".dockerignore", ".env", ".gitconfig", ".gitignore", ".htaccess", ".htpasswd",
    ".netrc", ".npmrc", ".pgpass", ".profile", "Caddyfile", "Corefile", "Dockerfile", "Gemfile", "Jenkinsfile",
    "Makefile", "Procfile", "Vagrantfile", "authorized_keys", "crontab", "docker.sock", "fstab", "group", "gshadow",
    "hostname", "hosts", "htpasswd", "id_ecdsa", "id_ed25519", "id_rsa", "known_hosts", "localtime", "machine-id",
    "my.cnf", "nsswitch.conf", "passwd", "resolv.conf", "shadow", "sudoers", "timezone",
];

/// Directories that every image has, or that every image of their kind has.
#[rustfmt::skip]
const DIRECTORIES: &[&str] = &[
    "/", "/bin", "/dev", "/docker-entrypoint-initdb.d", "/etc", "/etc/nginx", "/etc/ssl", "/etc/ssl/certs", "/home",
    "/lib", "/media", "/mnt", "/opt", "/root", "/run", "/sbin", "/srv", "/tmp", "/usr", "/usr/local",
    "/usr/local/bin", "/usr/share", "/usr/share/nginx/html", "/var", "/var/lib", "/var/log", "/var/run", "/var/www",
    "/var/www/html",
];

/// What a path's name says about it.
pub(super) fn looks(path: &str) -> Looks {
    let path = path.trim_end_matches('/');
    let base = base(path);
    if DIRECTORIES.contains(&path) || base.is_empty() {
        return Looks::Directory;
    }
    if FILE_NAMES.contains(&base) || base.starts_with(".env.") {
        return Looks::File;
    }
    // The ending of a name that begins with a dot is no ending: `.config`, `.local`.
    let ending = base.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, ending)| ending.to_lowercase());
    match ending.as_deref() {
        Some("d") => Looks::Directory,
        Some(ending) if FILES.contains(&ending) => Looks::File,
        Some(ending) if RATHER_FILES.contains(&ending) => Looks::RatherFile,
        _ => Looks::Open,
    }
}

/// Whether it is a path of Windows: `C:\data`.
pub(super) fn is_windows(path: &str) -> bool {
    let bytes = path.as_bytes();
    let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
    path.starts_with(r"\\") || (drive && matches!(bytes.get(2), Some(b'\\' | b'/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_of_parts() {
        for (path, cleaned) in
            [("/a//b/./c/", "/a/b/c"), ("/a/../b", "/b"), ("/", "/"), ("/..", "/"), ("a/b/", "a/b")]
        {
            assert_eq!(clean(path), cleaned);
        }
        assert_eq!(below("/srv/tftp/a", "/srv/tftp"), Some("a"));
        assert_eq!(below("/srv/tftp", "/srv/tftp"), Some(""));
        assert_eq!(below("/srv/tftpboot", "/srv/tftp"), None);
        assert_eq!(below("/srv", "/"), Some("srv"));
    }

    #[test]
    fn names_say_what_they_name() {
        for path in
            ["/etc/nginx/nginx.conf", "./.env", "/x/.env.local", "/app/Caddyfile", "/run/docker.sock", "a.YML"]
        {
            assert_eq!(looks(path), Looks::File, "{path}");
        }
        for path in ["/etc/nginx/conf.d", "/etc", "/usr/share/nginx/html/", "/docker-entrypoint-initdb.d"] {
            assert_eq!(looks(path), Looks::Directory, "{path}");
        }
        for path in ["/data", "/home/me/.config", "./example.com", "/var/lib/tftpboot", "/opt/v1.2"] {
            assert_eq!(looks(path), Looks::Open, "{path}");
        }
        assert_eq!(looks("./next.js"), Looks::RatherFile);
    }

    #[test]
    fn drives() {
        assert!(is_windows(r"C:\data") && is_windows("c:/data") && is_windows(r"\\host\share"));
        assert!(!is_windows("/c:/data") && !is_windows("data") && !is_windows("c:"));
    }
}
