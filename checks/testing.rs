//! For the checks' tests: a deployment of texts and canned answers, judged by one rule.
#![allow(dead_code, reason = "not every helper is used by the checks that are built in")]

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gonogo::check::{Context, Deployment, Rule, Stage};
use gonogo::compose::{self, Files, Kind, Settings};
use gonogo::fact::file::{self, DirectoryEntry, FileKind, FileStat, FileText};
use gonogo::fact::{Allowed, Ledger, Probes, Question, Tape, Unknown, engine};
use gonogo::finding::{Finding, Severity};
use gonogo::gatefile::{self, Found, GateFile, Grammar, Section, Variables};
use gonogo::outcome::Judged;
use gonogo::outcome::Outcome;
use gonogo::place::Source;
use gonogo::run;

/// Where the files of a [`Stack`] lie.
pub(crate) const ROOT: &str = "/project";

/// A deployment in memory. Facts about files are answered from its files; nothing else is answered unless told.
pub(crate) struct Stack {
    files: Disk,
    environment: BTreeMap<String, String>,
    settings: Settings,
    stage: Stage,
    allowed: Allowed,
    probes: Probes,
    gate: Option<Arc<GateFile>>,
}

#[derive(Clone, Default)]
struct Disk(Arc<BTreeMap<PathBuf, String>>, Arc<BTreeSet<PathBuf>>);

impl Stack {
    /// A project whose `compose.yaml` holds a text.
    pub(crate) fn new(compose: &str) -> Self {
        let settings = Settings { working_directory: ROOT.into(), ..Settings::default() };
        let stack = Self {
            files: Disk::default(),
            environment: BTreeMap::new(),
            settings,
            stage: Stage::Restart,
            allowed: Allowed::all(),
            probes: Probes::default(),
            gate: None,
        };
        stack.file("compose.yaml", compose)
    }

    /// An empty directory, by its path in the project.
    pub(crate) fn directory(mut self, path: &str) -> Self {
        Arc::make_mut(&mut self.files.1).insert(Path::new(ROOT).join(path));
        self
    }

    /// A file, by its path in the project.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        Arc::make_mut(&mut self.files.0).insert(Path::new(ROOT).join(path), text.to_owned());
        self
    }

    /// An untrusted `gonogo.yaml` in the project, which must not have a mistake under these sections.
    pub(crate) fn gate(mut self, text: &str, sections: &[&'static Section]) -> Self {
        let path = Path::new(ROOT).join("gonogo.yaml");
        let source = Source::new("gonogo.yaml", Some(path.clone()), text);
        let found = Found { path, repository: ROOT.into(), source };
        let variables = Variables::new(&self.environment);
        let grammar = Grammar { sections, rules: &[], variables: &variables };
        match gatefile::parse(&found, &grammar, false) {
            Ok(gate) => self.gate = Some(Arc::new(gate)),
            Err(mistakes) => panic!("{mistakes:#?}"),
        }
        self
    }

    /// A variable of the operating system.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// docker compose's own flags.
    pub(crate) fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The stage; `restart` unless told.
    pub(crate) fn stage(mut self, stage: Stage) -> Self {
        self.stage = stage;
        self
    }

    /// A source that may not be asked.
    pub(crate) fn forbid(mut self, source: gonogo::fact::Source, reason: &str) -> Self {
        self.allowed.forbid(source, reason);
        self
    }

    /// What answers a kind of question.
    pub(crate) fn on<Q: Question>(
        mut self,
        answer: impl Fn(&Q) -> Result<Q::Answer, Unknown> + Send + Sync + 'static,
    ) -> Self {
        self.probes = self.probes.on::<Q, _, _>(move |question: Q, _| std::future::ready(answer(&question)));
        self
    }

    /// A local engine of a version (`26.1.5`, API `1.45`) that holds nothing unless told.
    pub(crate) fn engine(self, version: &'static str, api: &'static str) -> Self {
        self.on::<engine::Ping>(move |_| {
            Ok(engine::Engine {
                endpoint: "unix:///var/run/docker.sock".to_owned(),
                version: version.to_owned(),
                api_version: api.to_owned(),
                min_api_version: "1.24".to_owned(),
                os: "linux".to_owned(),
                arch: "amd64".to_owned(),
                root_dir: Some("/var/lib/docker".to_owned()),
                local: true,
            })
        })
    }

    /// What a rule makes of it, row by row.
    pub(crate) fn judge(self, rule: &'static Rule) -> Vec<Judged> {
        let settings = Settings { environment: self.environment.clone(), ..self.settings };
        let project = compose::load(&settings, &self.files).map(Arc::new);
        let directory = project.as_ref().map_or_else(|_| PathBuf::from(ROOT), |project| project.directory.clone());
        let (environment, stage) = (self.environment, self.stage);
        let deployment = Arc::new(Deployment { project, gate: self.gate, directory, environment, stage });
        let files = self.files;
        let (stats, lists, paths) = (files.clone(), files.clone(), files.clone());
        let probes = (self.probes)
            .on::<file::Text, _, _>(move |question: file::Text, _| std::future::ready(files.text(&question.path)))
            .on::<file::Stat, _, _>(move |question: file::Stat, _| std::future::ready(stats.stat(&question.path)))
            .on::<file::Canonical, _, _>(move |question: file::Canonical, _| {
                std::future::ready(paths.stat(&question.path).map(|_| question.path.clone()))
            })
            .on::<file::Entries, _, _>(move |question: file::Entries, _| {
                std::future::ready(lists.entries(&question.path))
            });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async move {
            let ledger = Ledger::new(probes, self.allowed, Duration::from_secs(5), Tape::Off);
            let context = Context::new(deployment, ledger.clone());
            run::run(&[rule], &context, ledger.deadline()).await
        })
    }

    /// What a rule makes of it, as lines: `pass SUBJECT: OBSERVED`, `error SUBJECT: MESSAGE`, `skip …`, `unknown …`.
    pub(crate) fn lines(self, rule: &'static Rule) -> Vec<String> {
        self.judge(rule).iter().map(line).collect()
    }
}

fn line(row: &Judged) -> String {
    let subject = &row.subject.name;
    match &row.outcome {
        Outcome::Pass(observed) => format!("pass {subject}: {observed}"),
        Outcome::Fail(finding) => format!("{} {subject}: {}", finding.severity, finding.message),
        Outcome::Skip(reason) => format!("skip {subject}: {reason}"),
        Outcome::Unknown(unknown) => format!("unknown {subject}: {unknown}"),
    }
}

/// The findings among rows, in order.
pub(crate) fn findings(rows: &[Judged]) -> Vec<&Finding> {
    rows.iter()
        .filter_map(|row| match &row.outcome {
            Outcome::Fail(finding) => Some(&**finding),
            _ => None,
        })
        .collect()
}

/// The one finding that there must be.
pub(crate) fn only(rows: &[Judged]) -> &Finding {
    match findings(rows)[..] {
        [finding] => finding,
        _ => panic!("one finding expected: {:#?}", rows.iter().map(line).collect::<Vec<_>>()),
    }
}

/// Fails unless every row passes, and there is one.
pub(crate) fn assert_passes(rows: &[Judged]) {
    let lines: Vec<_> = rows.iter().map(line).collect();
    assert!(!rows.is_empty() && lines.iter().all(|line| line.starts_with("pass ")), "{lines:#?}");
}

/// Fails if a row is a finding of severity error.
pub(crate) fn assert_no_error(rows: &[Judged]) {
    let lines: Vec<_> = rows.iter().map(line).collect();
    assert!(findings(rows).iter().all(|finding| finding.severity < Severity::Error), "{lines:#?}");
}

impl Disk {
    fn is_directory(&self, path: &Path) -> bool {
        self.1.contains(path) || self.0.keys().any(|file| file != path && file.starts_with(path))
    }

    fn text(&self, path: &Path) -> Result<FileText, Unknown> {
        let text = self.0.get(path).ok_or_else(|| Unknown::absent("no such file"))?;
        Ok(FileText { name: self.name(path), text: text.clone() })
    }

    fn stat(&self, path: &Path) -> Result<FileStat, Unknown> {
        let (kind, size) = match self.0.get(path) {
            Some(text) => (FileKind::File, text.len() as u64),
            None if self.is_directory(path) => (FileKind::Directory, 0),
            None => return Err(Unknown::absent("no such file or directory")),
        };
        Ok(FileStat { kind, size, mode: Some(0o644), uid: Some(0), gid: Some(0), modified: Some(0), readable: true })
    }

    fn entries(&self, path: &Path) -> Result<Vec<DirectoryEntry>, Unknown> {
        if !self.is_directory(path) {
            return Err(Unknown::absent("no such directory"));
        }
        let mut entries = BTreeMap::new();
        for file in self.0.keys() {
            let Ok(below) = file.strip_prefix(path) else { continue };
            let mut parts = below.components();
            let Some(name) = parts.next() else { continue };
            let kind = if parts.next().is_some() { FileKind::Directory } else { FileKind::File };
            entries.insert(name.as_os_str().to_string_lossy().into_owned(), kind);
        }
        Ok(entries.into_iter().map(|(name, kind)| DirectoryEntry { name, kind }).collect())
    }
}

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.0.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None if self.is_directory(path) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        match self.0.contains_key(path) {
            true => Some(Kind::File),
            false => self.is_directory(path).then_some(Kind::Directory),
        }
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix(ROOT).unwrap_or(path).display().to_string()
    }
}
