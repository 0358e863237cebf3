//! `--record` and `--replay`: where a run's files and answers come from, and where they are written down.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::ValueEnum;

use super::output;
use crate::check::Stage;
use crate::compose::{Files, Settings};
use crate::fact::{Ledger, Source, Tape};
use crate::gatefile::GateFile;
use crate::probe::disk::Disk;
use crate::recording::{Recorder, Recording, Replayed, Run};

/// The recording that is replayed, if one is.
#[derive(Default)]
pub(super) struct Replay(Option<Recording>);

impl Replay {
    /// Reads the recording that `--replay` names.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, String> {
        let recording =
            path.map(|path| Recording::open(path).map_err(|why| format!("--replay {}: {why}", path.display())));
        Ok(Self(recording.transpose()?))
    }

    /// The stage that was recorded.
    pub(super) fn stage(&self) -> Option<Stage> {
        Stage::from_str(self.0.as_ref()?.stage.as_deref()?, false).ok()
    }

    /// The recording where files are taken from it, too.
    pub(super) fn of_files(&self) -> Option<&Recording> {
        self.0.as_ref().filter(|recording| !recording.is_live(Source::Files))
    }

    /// The flags and variables of the recorded run, else the ones given.
    pub(super) fn settings(&self, given: Settings) -> Settings {
        self.of_files().and_then(Recording::settings).unwrap_or(given)
    }

    /// What the ledger does besides asking.
    pub(super) fn tape(&self, records: bool) -> Tape {
        match &self.0 {
            Some(recording) => recording.tape(),
            None if records => Tape::Record(Mutex::default()),
            None => Tape::Off,
        }
    }
}

/// The files of a run.
pub(super) enum Tree {
    Disk(Disk),
    Watched(Recorder),
    Replayed(Replayed),
}

impl Tree {
    /// The work tree, watched if the run is recorded, or what a recording has of it.
    pub(super) fn of(settings: &Settings, replay: &Replay, records: bool) -> Self {
        let disk = || Disk::new(&settings.working_directory);
        match replay.of_files() {
            Some(recording) => Self::Replayed(recording.replayed()),
            None if records => Self::Watched(Recorder::new(disk())),
            None => Self::Disk(disk()),
        }
    }

    pub(super) fn files(&self) -> &dyn Files {
        match self {
            Self::Disk(disk) => disk,
            Self::Watched(recorder) => recorder,
            Self::Replayed(replayed) => replayed,
        }
    }
}

/// Where a run is written down.
pub(super) struct Record {
    path: PathBuf,
    file: File,
}

impl Record {
    /// Opens what `--record` names, before anything is judged.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(super) fn open(path: Option<&Path>, working_directory: &Path) -> Result<Option<Self>, String> {
        let open = |path: &Path| match output::open(&working_directory.join(path)) {
            Ok(file) => Ok(Self { path: path.to_owned(), file }),
            Err(error) => Err(format!("--record {}: {error}", path.display())),
        };
        path.map(open).transpose()
    }

    /// Writes the run down.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(super) fn write(
        mut self,
        stage: Stage,
        settings: &Settings,
        gate: Option<&GateFile>,
        tree: &Tree,
        ledger: &Ledger,
    ) -> Result<(), String> {
        let Tree::Watched(files) = tree else { return Ok(()) };
        let run = Run { stage: stage.to_string(), settings, gate, files, facts: ledger.heard() };
        let text = Recording::of(run, ledger.secrets()).to_text()?;
        output::replace(&mut self.file, &text).map_err(|error| format!("--record {}: {error}", self.path.display()))
    }
}
