//! Who has been asked what: one flight per question, one deadline, one set of allowed sources.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::{Cause, Question, Source, Unknown};
use crate::secret::Redactor;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Handler<Q> = Box<dyn Fn(Q, Ledger) -> BoxFuture<Result<<Q as Question>::Answer, Unknown>> + Send + Sync>;
type Erased = Arc<dyn Any + Send + Sync>;
type Slot = Arc<OnceCell<Result<Erased, Unknown>>>;

/// The code that answers, by kind of question.
#[derive(Default)]
pub struct Probes {
    handlers: HashMap<&'static str, Box<dyn Any + Send + Sync>>,
}

impl Probes {
    /// Registers what answers a kind of question. The ledger is handed along for questions that stand on others.
    #[must_use]
    pub fn on<Q, F, Answering>(mut self, probe: F) -> Self
    where
        Q: Question,
        F: Fn(Q, Ledger) -> Answering + Send + Sync + 'static,
        Answering: Future<Output = Result<Q::Answer, Unknown>> + Send + 'static,
    {
        let handler: Handler<Q> = Box::new(move |question, ledger| Box::pin(probe(question, ledger)));
        self.handlers.insert(Q::KIND, Box::new(handler));
        self
    }
}

/// Which sources a run may ask, and why not the others.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    forbidden: BTreeMap<Source, String>,
}

impl Allowed {
    /// Everything is allowed.
    pub fn all() -> Self {
        Self::default()
    }

    /// Forbids a source, for a reason that its rows will show. The first reason stays.
    pub fn forbid(&mut self, source: Source, reason: impl Into<String>) {
        self.forbidden.entry(source).or_insert_with(|| reason.into());
    }

    /// Why a source may not be asked; `None` if it may.
    pub fn why_not(&self, source: Source) -> Option<&str> {
        self.forbidden.get(&source).map(String::as_str)
    }
}

/// Remembers every question of a run and its answer. Cheap to clone.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    probes: Probes,
    allowed: Allowed,
    deadline: Instant,
    slots: Mutex<HashMap<(&'static str, String), Slot>>,
    pending: Mutex<BTreeMap<u64, String>>,
    counter: std::sync::atomic::AtomicU64,
    tape: Tape,
    secrets: Arc<Redactor>,
}

/// What a run does besides asking.
#[derive(Default)]
pub enum Tape {
    /// Nothing.
    #[default]
    Off,
    /// It writes down what it asks and hears.
    Record(Mutex<Vec<Heard>>),
    /// It does not ask but reads what was heard; questions to the `live` sources are still asked.
    Replay {
        /// The answers, by kind and question.
        heard: HashMap<(String, String), Result<serde_json::Value, Unknown>>,
        /// The sources that are asked all the same.
        live: Vec<Source>,
    },
}

/// A question as it was asked, and its answer.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Heard {
    /// The question's kind.
    pub kind: String,
    /// The question.
    pub question: serde_json::Value,
    /// The answer.
    pub answer: Result<serde_json::Value, Unknown>,
}

impl Ledger {
    /// A ledger for one run, whose every wait ends at the deadline.
    pub fn new(probes: Probes, allowed: Allowed, budget: Duration, tape: Tape) -> Self {
        Self::keeping(probes, allowed, budget, tape, Arc::default())
    }

    /// One that adds what it hears to the secrets that are known already.
    pub fn keeping(probes: Probes, allowed: Allowed, budget: Duration, tape: Tape, secrets: Arc<Redactor>) -> Self {
        Self(Arc::new(Inner {
            probes,
            allowed,
            deadline: Instant::now() + budget,
            slots: Mutex::default(),
            pending: Mutex::default(),
            counter: std::sync::atomic::AtomicU64::new(0),
            tape,
            secrets,
        }))
    }

    /// The secrets of this run, as far as they have been read.
    pub fn secrets(&self) -> &Arc<Redactor> {
        &self.0.secrets
    }

    /// When every wait ends.
    pub fn deadline(&self) -> Instant {
        self.0.deadline
    }

    /// What is being asked at the moment, the oldest first.
    pub fn pending(&self) -> Vec<String> {
        lock(&self.0.pending).values().cloned().collect()
    }

    /// What was asked and heard so far, if this run records.
    pub fn heard(&self) -> Vec<Heard> {
        match &self.0.tape {
            Tape::Record(heard) => lock(heard).clone(),
            Tape::Off | Tape::Replay { .. } => Vec::new(),
        }
    }

    /// Asks a question, or waits for whoever asked it first.
    ///
    /// # Errors
    /// [`Unknown`] with its cause: the source is not allowed, the deadline has passed, or what the probe says.
    pub async fn ask<Q: Question>(&self, question: Q) -> Result<Arc<Q::Answer>, Unknown> {
        let source = question.source();
        let sourced = |unknown: Unknown| Unknown { source: Some(source), ..unknown };
        if let Some(reason) = self.0.allowed.why_not(source) {
            return Err(sourced(Unknown::new(Cause::NotAllowed, reason)));
        }
        let identity = serde_json::to_string(&question).map_err(|error| Unknown::failed(error.to_string()))?;
        let slot = Arc::clone(lock(&self.0.slots).entry((Q::KIND, identity)).or_default());
        let answer = slot.get_or_init(|| self.answer(question)).await;
        let answer = answer.clone().map_err(sourced)?;
        answer.downcast::<Q::Answer>().map_err(|_| Unknown::failed(format!("{} has two types of answer", Q::KIND)))
    }

    async fn answer<Q: Question>(&self, question: Q) -> Result<Erased, Unknown> {
        if let Tape::Replay { heard, live } = &self.0.tape
            && !live.contains(&question.source())
        {
            return replayed::<Q>(heard, &question);
        }
        let number = self.0.counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        lock(&self.0.pending).insert(number, question.describe());
        let answer = self.probe(question.clone()).await;
        lock(&self.0.pending).remove(&number);
        if let Ok(answer) = &answer
            && let (Ok(question), Ok(answer)) = (serde_json::to_value(&question), serde_json::to_value(answer))
        {
            self.0.secrets.fact(&question, &answer);
        }
        if let Tape::Record(heard) = &self.0.tape {
            let json = |value: &Q::Answer| serde_json::to_value(value).map_err(|e| Unknown::failed(e.to_string()));
            lock(heard).push(Heard {
                kind: Q::KIND.to_owned(),
                question: serde_json::to_value(&question).unwrap_or_default(),
                answer: answer.as_ref().map_err(Unknown::clone).and_then(json),
            });
        }
        answer.map(|answer| Arc::new(answer) as Erased)
    }

    async fn probe<Q: Question>(&self, question: Q) -> Result<Q::Answer, Unknown> {
        let handler = self.0.probes.handlers.get(Q::KIND).and_then(|handler| handler.downcast_ref::<Handler<Q>>());
        let Some(handler) = handler else {
            return Err(Unknown::new(Cause::Unsupported, format!("nothing answers {}", Q::KIND)));
        };
        // On a task of its own, so that a panic stays a fact that could not be learned.
        let mut task = tokio::spawn(handler(question, self.clone()));
        match tokio::time::timeout_at(self.0.deadline, &mut task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Err(Unknown::failed(format!("the probe of {} broke down: {error}", Q::KIND))),
            Err(_) => {
                task.abort();
                Err(Unknown::new(Cause::TimeOut, "no answer before the deadline"))
            }
        }
    }
}

fn replayed<Q: Question>(
    heard: &HashMap<(String, String), Result<serde_json::Value, Unknown>>,
    question: &Q,
) -> Result<Erased, Unknown> {
    let identity = serde_json::to_value(question).unwrap_or_default().to_string();
    match heard.get(&(Q::KIND.to_owned(), identity)) {
        Some(Ok(answer)) => serde_json::from_value::<Q::Answer>(answer.clone())
            .map(|answer| Arc::new(answer) as Erased)
            .map_err(|error| Unknown::failed(format!("the recording's answer to {}: {error}", Q::KIND))),
        Some(Err(unknown)) => Err(unknown.clone()),
        None => Err(Unknown::new(Cause::Unsupported, format!("the recording has no answer to {}", Q::KIND))),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
