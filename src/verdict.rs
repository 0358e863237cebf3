//! The verdict and the exit status, decided once from the outcomes, the same in every format.

use serde::{Deserialize, Serialize};

use crate::finding::Severity;
use crate::outcome::Judged;
use crate::outcome::Outcome;

/// GO, NO-GO or NO VERDICT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every due rule was evaluated and none found an error.
    Go,
    /// A rule found an error.
    NoGo,
    /// None found an error, but a due rule could not be evaluated, or none was evaluated at all.
    NoVerdict,
}

impl Verdict {
    /// The exit status: 0, 1, 3. (2: nothing was judged; 130: Ctrl-C.)
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Go => 0,
            Self::NoGo => 1,
            Self::NoVerdict => 3,
        }
    }

    /// As the last line says it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
            Self::NoVerdict => "NO VERDICT",
        }
    }

    /// Decides. Findings of at least `fail_on` that are not waived are NO-GO.
    pub fn decide(judged: &[Judged], fail_on: Severity) -> Self {
        let mut evaluated = false;
        let mut unknown = false;
        for row in judged {
            match &row.outcome {
                Outcome::Fail(finding) if finding.severity >= fail_on && row.waived.is_none() => return Self::NoGo,
                Outcome::Fail(_) | Outcome::Pass(_) => evaluated = true,
                Outcome::Unknown(_) => unknown |= !row.subject.optional,
                Outcome::Skip(_) => {}
            }
        }
        if evaluated && !unknown { Self::Go } else { Self::NoVerdict }
    }
}
