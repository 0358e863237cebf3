//! What a shell script would run: its assignments evaluated, its simple commands with their words put together.
//!
//! No shell is started. The grammar is tree-sitter's, which goes on behind what it cannot read. Every branch is
//! taken: a variable that branches set to different values is open behind them. What only a run would tell
//! (`$1`, `$(…)`, `read`) is open, and so is all that stands on it.

mod expand;
mod walk;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tree_sitter::{Node, Parser, Tree};

use crate::place::{Place, Source};
use crate::word::Word;

/// The largest script that is looked at, in bytes.
pub const LIMIT: usize = 256 << 10;
/// The most statements that are walked, calls of functions included.
const STATEMENTS: usize = 20_000;
/// The deepest nesting that is followed.
const DEPTH: usize = 60;

/// A simple command that the script would run in one of its branches.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Its words, the program first.
    pub argv: Vec<Word>,
    /// Where it stands.
    pub place: Place,
    /// The here-document that it reads.
    pub input: Option<Word>,
    /// The file that its output goes to.
    pub output: Option<Word>,
}

/// What a script comes to.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// The simple commands, in the order in which they would run.
    pub commands: Vec<Command>,
    /// The variables at its end.
    pub variables: BTreeMap<String, Word>,
    /// Files that it sources and that were not at hand.
    pub wanted: Vec<PathBuf>,
}

/// What the script may stand on besides itself.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The variables of whoever starts it.
    pub environment: &'a BTreeMap<String, String>,
    /// Where it is started: relative paths begin here.
    pub directory: &'a Path,
    /// The files that it may source.
    pub files: &'a BTreeMap<PathBuf, Arc<Source>>,
}

/// Evaluates a script. What is beyond the limits is left out.
pub fn evaluate(source: &Arc<Source>, world: World<'_>) -> Run {
    let mut shell = Shell::new(source, world);
    let Some(tree) = parse(source) else { return Run::default() };
    shell.program(tree.root_node());
    let text = |variable: Variable| match variable {
        Variable::Text(word) => Some(word),
        Variable::List(_) => None,
    };
    let variables = shell.variables.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect();
    Run { commands: shell.commands, variables, wanted: shell.wanted }
}

fn parse(source: &Source) -> Option<Tree> {
    if source.text().len() > LIMIT {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    parser.parse(source.text(), None)
}

/// A variable's value.
#[derive(Debug, Clone, PartialEq)]
enum Variable {
    Text(Word),
    List(Vec<Word>),
}

type Variables = HashMap<String, Variable>;

/// The state of an evaluation.
struct Shell<'a, 'tree> {
    source: &'a Arc<Source>,
    world: World<'a>,
    variables: Variables,
    functions: HashMap<String, Function<'tree>>,
    commands: Vec<Command>,
    wanted: Vec<PathBuf>,
    left: usize,
    depth: usize,
    /// Up to where the words of the present command are read: the grammar cuts some in two.
    read_to: usize,
}

#[derive(Clone, Copy)]
struct Function<'tree> {
    body: Node<'tree>,
    calls: usize,
}

impl<'a> Shell<'a, '_> {
    fn new(source: &'a Arc<Source>, world: World<'a>) -> Self {
        Self {
            source,
            world,
            variables: Variables::new(),
            functions: HashMap::new(),
            commands: Vec::new(),
            wanted: Vec::new(),
            left: STATEMENTS,
            depth: 0,
            read_to: 0,
        }
    }

    fn place(&self, node: Node<'_>) -> Place {
        self.source.place(node.start_byte(), node.end_byte())
    }

    fn text(&self, node: Node<'_>) -> &'a str {
        self.source.text().get(node.byte_range()).unwrap_or_default()
    }

    /// The directory that the script lies in.
    fn home(&self) -> &'a Path {
        self.source.path().and_then(Path::parent).unwrap_or(self.world.directory)
    }
}
