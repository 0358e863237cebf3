//! One run: every due rule on every subject, all at once, under one deadline.

use std::any::Any;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;

use crate::check::{Check, Context, Row, Rule, Stage};
use crate::fact::{Cause, Source, Unknown};
use crate::outcome::Judged;
use crate::outcome::{Outcome, Subject};
pub use crate::suggest::nearest;

/// Which rules a run evaluates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Names of checks or codes of rules; empty: all.
    pub only: Vec<String>,
    /// Names of checks or codes of rules that are left out.
    pub skip: Vec<String>,
}

/// A name in a [`Selection`] that is neither a check's nor a rule's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// The name as given.
    pub name: String,
    /// The known name that is nearest to it.
    pub nearest: Option<&'static str>,
}

impl Selection {
    /// The rules that are meant and due at a stage, in the order of the registry.
    ///
    /// # Errors
    /// Every name that is neither a check's nor a rule's.
    pub fn rules(&self, checks: &[&'static Check], stage: Stage) -> Result<Vec<&'static Rule>, Vec<UnknownName>> {
        let names = || checks.iter().flat_map(|check| check.rules.iter().map(|rule| rule.code).chain([check.name]));
        let unknown: Vec<_> = (self.only.iter().chain(&self.skip))
            .filter(|given| !names().any(|name| name == given.as_str()))
            .map(|given| UnknownName { name: given.clone(), nearest: nearest(given, names()) })
            .collect();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        Ok((checks.iter().flat_map(|check| check.rules))
            .filter(|rule| rule.stages.contains(&stage))
            .filter(|rule| self.chooses(rule.code))
            .collect())
    }

    fn chooses(&self, code: &str) -> bool {
        let check = code.split_once('/').map_or(code, |(check, _)| check);
        let named = |list: &[String]| list.iter().any(|name| name == code || name == check);
        (self.only.is_empty() || named(&self.only)) && !named(&self.skip)
    }
}

/// Evaluates rules, each on all of its subjects. Rows come back in the order of the rules, then of the subjects.
pub async fn run(rules: &[&'static Rule], context: &Context, deadline: Instant) -> Vec<Judged> {
    let discovering: Vec<_> =
        rules.iter().map(|rule| (*rule, Instant::now(), tokio::spawn((rule.rows)(context.clone())))).collect();
    let mut judging = Vec::new();
    for (rule, started, task) in discovering {
        match before(deadline, task).await {
            Ok(Ok(rows)) => judging.extend(rows.into_iter().map(|row| (rule, start(row)))),
            Ok(Err(unknown)) | Err(unknown) => {
                let subject = Subject::new(rule.check());
                judging.push((rule, Running { subject, task: None, failed: Some((unknown, started.elapsed())) }));
            }
        }
    }
    let mut judged = Vec::with_capacity(judging.len());
    for (rule, row) in judging {
        let (subject, result, duration) = row.finish(deadline).await;
        let outcome = match result {
            Ok(outcome) => outcome,
            Err(unknown) => not_known(unknown, rules, context.stage()),
        };
        let Rule { code, title, .. } = *rule;
        judged.push(Judged { check: rule.check(), rule: code, title, subject, outcome, waived: None, duration });
    }
    judged
}

/// A row under evaluation.
struct Running {
    subject: Subject,
    task: Option<JoinHandle<(Result<Outcome, Unknown>, Duration)>>,
    failed: Option<(Unknown, Duration)>,
}

fn start(row: Row) -> Running {
    let Row { subject, judge } = row;
    let task = tokio::spawn(async move {
        let started = Instant::now();
        let result = judge.await;
        (result, started.elapsed())
    });
    Running { subject, task: Some(task), failed: None }
}

impl Running {
    async fn finish(self, deadline: Instant) -> (Subject, Result<Outcome, Unknown>, Duration) {
        let waited = Instant::now();
        let (result, duration) = match (self.task, self.failed) {
            (Some(task), _) => match before(deadline, task).await {
                Ok((result, duration)) => (result, duration),
                Err(unknown) => (Err(unknown), waited.elapsed()),
            },
            (None, Some((unknown, duration))) => (Err(unknown), duration),
            (None, None) => (Err(Unknown::failed("the row was lost")), Duration::ZERO),
        };
        (self.subject, result, duration)
    }
}

/// Waits for a task until the deadline. A panic in it is an [`Unknown`], as a time-out is.
async fn before<T>(deadline: Instant, mut task: JoinHandle<T>) -> Result<T, Unknown> {
    // A little beyond the deadline, so that a fact's own time-out, which says more, comes first.
    match tokio::time::timeout_at(deadline + Duration::from_millis(50), &mut task).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Unknown::failed(format!("the rule itself broke down: {}", panic_message(error)))),
        Err(_) => {
            task.abort();
            Err(Unknown::new(Cause::TimeOut, "not judged before the deadline"))
        }
    }
}

fn panic_message(error: JoinError) -> String {
    let Ok(payload) = error.try_into_panic() else { return "cancelled".to_owned() };
    let payload: &(dyn Any + Send) = &*payload;
    (payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic".to_owned())
}

/// What a fact that could not be learned makes of its row.
fn not_known(unknown: Unknown, rules: &[&'static Rule], stage: Stage) -> Outcome {
    if unknown.cause == Cause::NotAllowed {
        return Outcome::Skip(unknown.detail);
    }
    if stage == Stage::Build && unknown.source == Some(Source::Engine) {
        return Outcome::Skip("only an engine knows, and none answers (--stage build does without)".to_owned());
    }
    let Cause::Blocked(kind) = &unknown.cause else { return Outcome::Unknown(unknown) };
    // The operator knows rules, not kinds of facts.
    let by = rules.iter().find(|rule| rule.settles == Some(kind)).map_or(kind.as_str(), |rule| rule.code).to_owned();
    Outcome::Unknown(Unknown { cause: Cause::Blocked(by), ..unknown })
}
