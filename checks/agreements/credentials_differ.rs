//! `agreements/credentials-differ`: a service logs in with another password than the one that the server was made with.

use gonogo::check::{Context, Layer, Row, Rule, Stage};
use gonogo::fact::Unknown;
use gonogo::finding::{Finding, Severity};
use gonogo::inference::names::{Names, Who};
use gonogo::outcome::{Outcome, Subject};

use super::accounts::{Account, accounts};
use super::logins::{Login, logins};

pub(super) const RULE: Rule = Rule {
    code: "agreements/credentials-differ",
    title: "services log in with the password that the server is given",
    severity: Severity::Error,
    layer: Layer::Declared,
    stages: Stage::FROM_BUILD,
    faults: &["D25"],
    settles: None,
    rows: |cx| Box::pin(rows(cx)),
};

async fn rows(cx: Context) -> Result<Vec<Row>, Unknown> {
    let project = cx.project()?;
    let mut servers = Vec::new();
    for service in project.services() {
        let accounts = accounts(&cx, &project, service).await;
        if !accounts.is_empty() {
            servers.push((service.name.to_owned(), accounts));
        }
    }
    let mut rows = Vec::new();
    if servers.is_empty() {
        return Ok(rows);
    }
    let names = Names::of(&project);
    for service in project.services() {
        for login in logins(&cx, &project, service).await {
            let Who::Services(named) = names.named(service.name, &login.host) else { continue };
            let Some((name, accounts)) = servers.iter().find(|(name, _)| named.contains(name)) else { continue };
            if let Some(outcome) = judge(service.name, &login, name, accounts) {
                let subject = format!("{}.{} → {name}", service.name, login.password.name);
                rows.push(Row::judged(Subject::new(subject).at(Some(login.password.site.clone())), outcome));
            }
        }
    }
    Ok(rows)
}

/// The outcome for a login, if the server's account is known. A user whom the server was not told of may have been made
/// later, by a script: nothing is known of its password.
fn judge(client: &str, login: &Login, server: &str, accounts: &[Account]) -> Option<Outcome> {
    let account = match &login.user {
        Some(user) => accounts.iter().find(|account| account.user.as_ref().is_none_or(|name| name == user))?,
        None => match accounts {
            [account] => account,
            _ => return None,
        },
    };
    if account.password.value == login.password.value {
        return Some(Outcome::pass(format!("the same as {} of {server}", account.password.name)));
    }
    let as_whom = login.user.as_ref().map(|user| format!(" as `{user}`")).unwrap_or_default();
    let message = format!("`{client}` logs in to `{server}`{as_whom} with another password than `{server}` is given");
    Some(
        Finding::error(message, login.password.site.clone())
            .label(format!("the password that `{client}` uses"))
            .related(account.password.site.clone(), format!("the password that `{server}` is given"))
            .help(format!(
                "use one variable in .env for `{}` of `{server}` and `{}` of `{client}`",
                account.password.name, login.password.name
            ))
            .into(),
    )
}
