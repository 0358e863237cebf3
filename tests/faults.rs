//! `make faults`: injects each fault of `tests/faults/` and its healthy twin, and counts what the gate says.
//!
//! Not libtest's harness: the rows are the result, and the last line is what CONTRIBUTING and CI read.
#![allow(clippy::disallowed_methods, reason = "the list is for checks")]
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "a test prints its result, or stops")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::{Block, Judged, field, parts};

/// How many faults the catalogue has.
const CATALOGUE: usize = 181;

/// A surface form of a fault.
struct Form {
    fault: String,
    title: String,
    stage: String,
    rules: Vec<String>,
    args: Vec<String>,
    unknown: bool,
    broken: Vec<Block>,
    twin: Vec<Block>,
    broken_env: Variables,
    twin_env: Variables,
}

/// Variables that the gate is given besides.
type Variables = Vec<(String, String)>;

impl Form {
    fn live(&self) -> bool {
        self.broken.iter().chain(&self.twin).any(|block| block.name.starts_with('@'))
    }
}

/// What became of a form: empty complaints are success.
#[derive(Default)]
struct Result {
    fault: Vec<String>,
    twin: Vec<String>,
    skipped: bool,
}

fn main() -> ExitCode {
    let filter: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let forms: Vec<Form> = forms().into_iter().filter(|form| wanted(form, &filter)).collect();
    let engine = if forms.iter().any(Form::live) { engine() } else { None };
    let must = std::env::var_os("CI").is_some_and(|value| value == "true");
    let results: Vec<Mutex<Result>> = forms.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    // Live forms share one engine's ports and names, so they go one after the other on one thread.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (form, result) in forms.iter().zip(&results).filter(|(form, _)| form.live()) {
                *result.lock().unwrap() = match &engine {
                    Some(engine) => judge(form, Some(engine)),
                    None if must => Result { fault: vec!["no engine, and CI=true".to_owned()], ..Result::default() },
                    None => Result { skipped: true, ..Result::default() },
                };
            }
        });
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(form) = forms.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !form.live() {
                        *results[forms.iter().position(|other| std::ptr::eq(other, form)).unwrap()].lock().unwrap() =
                            judge(form, None);
                    }
                }
            });
        }
    });
    report(&forms, results.into_iter().map(|result| result.into_inner().unwrap()).collect(), filter.is_empty())
}

fn wanted(form: &Form, filter: &[String]) -> bool {
    filter.is_empty() || filter.iter().any(|word| form.fault == *word || form.title.contains(word.as_str()))
}

fn forms() -> Vec<Form> {
    let directory = support::root().join("tests/faults");
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let is_fault = |path: &PathBuf| path.extension().is_some_and(|e| e == "md") && !path.ends_with("README.md");
    files.iter().filter(|path| is_fault(path)).flat_map(|path| in_file(path)).collect()
}

fn in_file(path: &Path) -> Vec<Form> {
    let fault = path.file_stem().unwrap().to_string_lossy().into_owned();
    let mut forms: Vec<Form> = Vec::new();
    let mut shared: Vec<Block> = Vec::new();
    for part in parts(&std::fs::read_to_string(path).unwrap()) {
        let here = format!("{}: {}", path.display(), part.title);
        match (part.level, part.title.as_str()) {
            (2, _) => {
                let words =
                    |key| field(&part, key).unwrap_or_default().split([',', ' ']).filter(|word| !word.is_empty());
                let rules: Vec<String> = words("rule").map(str::to_owned).collect();
                assert!(!rules.is_empty(), "{here}: no rule");
                forms.push(Form {
                    fault: fault.clone(),
                    title: part.title.clone(),
                    stage: field(&part, "stage").unwrap_or("build").to_owned(),
                    rules,
                    args: words("args").map(str::to_owned).collect(),
                    unknown: false,
                    broken: Vec::new(),
                    twin: Vec::new(),
                    broken_env: Vec::new(),
                    twin_env: Vec::new(),
                });
                shared = part.blocks;
            }
            (3, "fault" | "twin") => {
                let form = forms.last_mut().unwrap_or_else(|| panic!("{here}: before the first form"));
                let both = shared.iter().chain(&part.blocks).cloned().collect();
                let env = field(&part, "env")
                    .unwrap_or_default()
                    .split_whitespace()
                    .filter_map(|pair| pair.split_once('='));
                let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                if part.title == "fault" {
                    form.unknown = field(&part, "outcome") == Some("unknown");
                    form.broken = both;
                    form.broken_env = env;
                } else {
                    form.twin = both;
                    form.twin_env = env;
                }
            }
            _ => assert!(part.blocks.is_empty(), "{here}: blocks outside a form"),
        }
    }
    forms
}

fn judge(form: &Form, engine: Option<&Engine>) -> Result {
    let mut result = Result::default();
    let broken = Stack::new(form, &form.broken, &form.broken_env, engine);
    match broken.up() {
        Err(why) => result.fault.push(why),
        Ok(()) => {
            let judged = broken.gate(&[]);
            result.fault.extend(missed(form, &judged));
            // A rule that is switched off must miss its fault: else the test could not fail.
            let off: Vec<&str> = form.rules.iter().flat_map(|rule| ["--skip", rule]).collect();
            let off = broken.gate(&off);
            if form.rules.iter().any(|rule| off.found().contains(rule)) {
                result.fault.push("found although the rule was switched off".to_owned());
            }
        }
    }
    broken.down();
    let twin = Stack::new(form, &form.twin, &form.twin_env, engine);
    match twin.up() {
        Err(why) => result.twin.push(why),
        Ok(()) => result.twin.extend(alarmed(form, &twin.gate(&[]))),
    }
    twin.down();
    result
}

/// Why the fault does not count as found.
fn missed(form: &Form, judged: &Judged) -> Option<String> {
    if form.unknown {
        let unknown = judged.rows("unknown").any(|row| form.rules.iter().any(|rule| row["rule"] == *rule));
        return (!unknown).then(|| format!("not unknown: {}", judged.brief()));
    }
    let rows: Vec<_> = judged.rows("fail").filter(|row| form.rules.iter().any(|rule| row["rule"] == *rule)).collect();
    if rows.is_empty() {
        return Some(format!("missed: {}", judged.brief()));
    }
    let markers: Vec<(String, usize)> = (form.broken.iter())
        .flat_map(|block| {
            let lines = block.text.lines().enumerate().filter(|(_, line)| line.contains("expect:"));
            lines.map(|(index, _)| (block.name.clone(), index + 1))
        })
        .collect();
    let places = |row: &serde_json::Value| -> Vec<(String, usize)> {
        let related = row["related"].as_array().cloned().unwrap_or_default();
        (related.iter().chain([&row["primary"]]))
            .filter_map(|place| {
                Some((place["file"].as_str()?.to_owned(), usize::try_from(place["line"].as_u64()?).ok()?))
            })
            .collect()
    };
    let named: Vec<_> = rows.iter().flat_map(|row| places(row)).collect();
    let off: Vec<_> = markers.iter().filter(|marker| !named.contains(marker)).collect();
    (!off.is_empty()).then(|| format!("found, but not at {off:?}: it names {named:?}"))
}

/// Why the twin is a false alarm, or proves nothing.
fn alarmed(form: &Form, judged: &Judged) -> Option<String> {
    let errors = judged.rows("fail").any(|row| row["severity"] == "error");
    if errors || judged.found().iter().any(|code| form.rules.contains(code)) {
        return Some(format!("false alarm: {}", judged.brief()));
    }
    let evaluated = form.rules.iter().any(|rule| judged.passes(rule));
    (!evaluated).then(|| format!("the rule was not evaluated on the twin: {}", judged.brief()))
}

/// A stack in a directory of its own.
struct Stack<'a> {
    directory: PathBuf,
    steps: String,
    env: &'a Variables,
    form: &'a Form,
    engine: Option<&'a Engine>,
    _keep: tempfile::TempDir,
}

impl<'a> Stack<'a> {
    fn new(form: &'a Form, blocks: &[Block], env: &'a Variables, engine: Option<&'a Engine>) -> Self {
        let keep = tempfile::Builder::new().prefix("gonogo-").tempdir().unwrap();
        let directory = keep.path().join(format!("{}-lab", form.fault.to_lowercase()));
        std::fs::create_dir_all(&directory).unwrap();
        support::write(&directory, blocks);
        let steps = blocks.iter().filter(|block| block.name == "@up").map(|block| block.text.as_str()).collect();
        Self { directory, steps, env, form, engine, _keep: keep }
    }

    fn up(&self) -> std::result::Result<(), String> {
        let Some(engine) = self.engine.filter(|_| !self.steps.is_empty()) else { return Ok(()) };
        self.bash(engine, &self.steps)
    }

    fn bash(&self, engine: &Engine, steps: &str) -> std::result::Result<(), String> {
        let log = self.directory.with_extension("log");
        let out = std::fs::File::create(&log).unwrap();
        let script = format!(". '{}'\n{steps}", support::root().join("tests/faults/prelude.sh").display());
        // `timeout` makes the steps a process group of their own, by which `down` ends what they leave running.
        let mut command = engine.inside(["timeout", "120", "bash", "-c", &script]);
        command.current_dir(&self.directory).env("GONOGO_STACK", self.directory.as_os_str());
        let status = command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(out).status().unwrap();
        let said = || std::fs::read_to_string(&log).unwrap_or_default();
        if status.success() { Ok(()) } else { Err(format!("the steps fail: {status}: {}", said())) }
    }

    fn gate(&self, more: &[&str]) -> Judged {
        let binary = env!("CARGO_BIN_EXE_gonogo");
        let mut command = match self.engine.filter(|_| self.form.live()) {
            Some(engine) => engine.inside([binary]),
            None => {
                let mut command = support::gonogo(&self.directory);
                command.env("DOCKER_HOST", format!("unix://{}/no-engine.sock", self.directory.display()));
                command
            }
        };
        for (name, value) in self.env {
            command.env(name, value.replace("@STACK@", &self.directory.to_string_lossy()));
        }
        command.current_dir(&self.directory).args(["check", "--format", "json", "--stage", &self.form.stage]);
        Judged::from(&command.args(&self.form.args).args(more).output().unwrap())
    }

    fn down(&self) {
        let Some(engine) = self.engine.filter(|_| !self.steps.is_empty()) else { return };
        let steps = "\
            \"$GONOGO_TOOLS/compose-oracle\" down -v -t 0 --remove-orphans >/dev/null 2>&1 || true\n\
            if [ -e down.sh ]; then bash down.sh >/dev/null 2>&1 || true; fi\n";
        let _ = self.bash(engine, steps);
        end_processes_of(&self.directory);
    }
}

/// Ends what was started for a stack: every process whose environment names its directory.
fn end_processes_of(directory: &Path) {
    let marker = format!("GONOGO_STACK={}", directory.display());
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment.split(|byte| *byte == 0).any(|variable| variable == marker.as_bytes()) {
            let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
        }
    }
}

/// The tests' own engine.
struct Engine {
    tools: PathBuf,
    variables: Vec<(String, String)>,
}

fn engine() -> Option<Engine> {
    let tools = support::root().join("tests/tools");
    let output =
        Command::new(tools.join("engine")).arg("env").output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let variables = text.lines().filter_map(|line| {
        let (name, value) = line.trim().strip_prefix("export ").unwrap_or(line).split_once('=')?;
        Some((name.to_owned(), value.trim_matches(['\'', '"']).to_owned()))
    });
    let variables: Vec<_> = variables.collect();
    let running = Command::new(tools.join("engine")).arg("status").stdout(Stdio::null()).status().ok()?.success();
    (running && !variables.is_empty()).then_some(Engine { tools, variables })
}

impl Engine {
    fn inside<'a>(&self, argv: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(self.tools.join("engine"));
        command.arg("exec").args(argv).env("GONOGO_TOOLS", &self.tools);
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }
}

fn report(forms: &[Form], results: Vec<Result>, whole: bool) -> ExitCode {
    let mut by_fault: BTreeMap<&str, usize> = BTreeMap::new();
    let mut catalogue = BTreeSet::new();
    let (mut found, mut alarms, mut skipped, mut failed) = (0, 0, 0, false);
    for (form, result) in forms.iter().zip(&results) {
        let word = |complaints: &[String]| if complaints.is_empty() { "ok" } else { "FAILED" };
        *by_fault.entry(&form.fault).or_default() += 1;
        if result.skipped {
            skipped += 1;
            println!("{:5} {:52} skipped: no engine of the tests' own runs", form.fault, form.title);
            continue;
        }
        println!(
            "{:5} {:52} fault {:6}  twin {:6}  {}",
            form.fault,
            form.title,
            word(&result.fault),
            word(&result.twin),
            form.rules.join(", ")
        );
        for complaint in result.fault.iter().chain(&result.twin) {
            println!("      {}", complaint.trim_end());
        }
        found += usize::from(result.fault.is_empty());
        alarms += usize::from(!result.twin.is_empty());
        failed |= !result.fault.is_empty() || !result.twin.is_empty();
        if result.fault.is_empty() {
            catalogue.insert(form.fault.as_str());
        }
    }
    for (fault, forms) in by_fault.iter().filter(|(_, forms)| whole && **forms < 3) {
        println!("{fault}: {forms} surface forms, three are asked for");
        failed = true;
    }
    if skipped > 0 {
        println!("{skipped} forms need the tests' own engine: tests/tools/engine start");
    }
    let (all, twins) = (forms.len() - skipped, forms.len() - skipped);
    println!(
        "found {found} of {all} (catalogue: {} of {CATALOGUE}) · {alarms} false alarms on {twins} healthy twins",
        catalogue.len()
    );
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
