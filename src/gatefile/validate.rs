//! Holds a tree against the shapes, and collects every mistake.

use jiff::civil::Date;

use super::shape::{self, Field, Section, Shape};
use super::value_ref::{self, ValueRef};
use super::{Grammar, Mistake};
use crate::document::{Map, Node, Value};
use crate::place::Place;
use crate::suggest::nearest;

/// What stands where, and what it is called in messages: `tunnels.lab.script`.
#[derive(Clone)]
struct Spot {
    name: String,
    place: Place,
}

impl Spot {
    fn under(&self, key: &str, place: Option<&Place>) -> Self {
        let name = if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        Self { name, place: place.unwrap_or(&self.place).clone() }
    }

    fn item(&self, index: usize, place: Option<&Place>) -> Self {
        Self { name: format!("{}[{index}]", self.name), place: place.unwrap_or(&self.place).clone() }
    }
}

pub(super) struct Validator<'a> {
    grammar: &'a Grammar<'a>,
    mistakes: Vec<Mistake>,
}

impl<'a> Validator<'a> {
    /// A validator, with the mistakes that were found before.
    pub(super) fn new(grammar: &'a Grammar<'a>, mistakes: Vec<Mistake>) -> Self {
        Self { grammar, mistakes }
    }

    /// There is more than one document.
    pub(super) fn second_document(&mut self, place: &Place) {
        self.wrong(place, "a gate file is one document, and here a second one begins", "remove the `---`");
    }

    /// The mistakes, in the order of the text.
    pub(super) fn finish(mut self) -> Vec<Mistake> {
        self.mistakes.sort_by_key(|mistake| (mistake.place.range().start, mistake.place.range().end));
        self.mistakes.dedup();
        self.mistakes
    }

    fn wrong(&mut self, place: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.mistakes.push(Mistake::new(place.clone(), message).help(help));
    }

    /// The whole file.
    pub(super) fn root(&mut self, root: &mut Node, whole: &Place) {
        let spot = Spot { name: String::new(), place: root.place().unwrap_or(whole).clone() };
        let sections: Vec<&Section> = shape::COMMON.iter().chain(self.grammar.sections.iter().copied()).collect();
        let start = spot.place.part(0, 0);
        let Value::Map(map) = &mut root.value else {
            let message = if root.is_null() { "the gate file is empty" } else { "a gate file is a mapping" };
            return self.wrong(&start, message, "start it with `version: 1`");
        };
        if !map.contains_key(shape::VERSION) {
            self.wrong(&start, "the gate file does not say its `version`", "start it with `version: 1`");
        }
        for (key, entry) in map {
            let spot = spot.under(key, entry.key.place());
            match sections.iter().find(|section| section.name == key) {
                // A section whose entries are all commented out.
                Some(_) if entry.node.is_null() && key != shape::VERSION => {}
                Some(section) => self.value(&mut entry.node, &section.shape, &spot),
                None => self.unknown_key(&spot, key, "the gate file", sections.iter().map(|section| section.name)),
            }
        }
    }

    fn unknown_key<'k>(&mut self, spot: &Spot, key: &str, of: &str, known: impl Iterator<Item = &'k str> + Clone) {
        let meant = nearest(key, known.clone()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let known: Vec<_> = known.collect();
        let help = format!("{meant}known keys: {}", known.join(", "));
        self.mistakes.push(
            Mistake::new(spot.place.clone(), format!("`{key}` is not a key of {of}")).label("unknown key").help(help),
        );
    }

    fn value(&mut self, node: &mut Node, shape: &Shape, spot: &Spot) {
        // Nothing but white space may stand where a value is missing: then the key is the better place.
        let place = node.place().filter(|place| !place.text().trim().is_empty()).unwrap_or(&spot.place).clone();
        let at = Spot { name: spot.name.clone(), place };
        if !matches!(shape, Shape::Pattern | Shape::ValueOf) && !self.interpolate(node, shape, &at) {
            return;
        }
        let (fits, found) = (accepts(shape, &node.value), kind(&node.value));
        match (shape, &mut node.value) {
            (Shape::Any, Value::Seq(_) | Value::Map(_)) => self.children(node, &|_| Some(Shape::Any), &at),
            (Shape::Any, _) => {}
            (Shape::ValueOf, _) => {
                self.references(node, &at);
                if let Err(mistakes) = ValueRef::read(node) {
                    self.mistakes.extend(mistakes);
                }
            }
            (Shape::OneOf(shapes), _) => self.one_of(node, shapes, spot),
            (Shape::Object(fields), Value::Null) if !fields.iter().any(|field| field.required) => {
                node.value = Value::Map(Map::new());
            }
            (_, Value::Null) if !matches!(shape, Shape::Map(_) | Shape::List(_)) => {
                let message = format!("`{}` has no value", at.name);
                self.wrong(&at.place, message, format!("write {}", describe(shape)));
            }
            (Shape::List(_), Value::Null) => node.value = Value::Seq(Vec::new()),
            (Shape::Map(_), Value::Null) => node.value = Value::Map(Map::new()),
            (Shape::List(item), Value::Seq(_)) => self.children(node, &|_| Some(**item), &at),
            (Shape::Map(entry), Value::Map(_)) => self.children(node, &|_| Some(**entry), &at),
            (Shape::Object(fields), Value::Map(_)) => self.object(node, fields, spot, &at),
            _ if !fits => {
                let message = format!("`{}` takes {}, not {}", at.name, describe(shape), found);
                let quoted = matches!(shape, Shape::Text | Shape::Duration | Shape::Date | Shape::Word(_))
                    && !matches!(node.value, Value::Seq(_) | Value::Map(_));
                let help = if quoted { format!("put it in quotes: \"{}\"", at.place.text()) } else { String::new() };
                let help = if matches!(shape, Shape::Duration) { "add a unit, such as 10s".to_owned() } else { help };
                self.wrong(&at.place, message, help);
            }
            (_, Value::String(_)) => self.text(node, shape, &at),
            (Shape::IntIn(low, high), Value::Int(number)) if !(*low..=*high).contains(number) => {
                if at.name == shape::VERSION {
                    let help = format!("this gonogo reads version {high}");
                    return self.wrong(&at.place, format!("there is no version {number} of the gate file"), help);
                }
                self.wrong(&at.place, format!("`{}` must be from {low} to {high}", at.name), "");
            }
            _ => {}
        }
    }

    fn children(&mut self, node: &mut Node, shape: &dyn Fn(&str) -> Option<Shape>, spot: &Spot) {
        match &mut node.value {
            Value::Seq(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    let spot = spot.item(index, item.place());
                    if let Some(shape) = shape("") {
                        self.value(item, &shape, &spot);
                    }
                }
            }
            Value::Map(map) => {
                for (key, entry) in map {
                    let spot = spot.under(key, entry.key.place());
                    if let Some(shape) = shape(key) {
                        self.value(&mut entry.node, &shape, &spot);
                    }
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, node: &mut Node, fields: &[Field], spot: &Spot, at: &Spot) {
        let names = fields.iter().map(|field| field.name);
        let of = format!("`{}`", at.name);
        for (key, entry) in node.entries() {
            if !fields.iter().any(|field| field.name == key) {
                self.unknown_key(&at.under(key, entry.key.place()), key, &of, names.clone());
            }
        }
        for field in fields.iter().filter(|field| field.required) {
            if node.get(field.name).is_none() {
                let help = format!("add `{}`: {}", field.name, field.doc);
                let place = if spot.place == at.place { first_key(node, &at.place) } else { spot.place.clone() };
                self.wrong(&place, format!("`{}` lacks `{}`", at.name, field.name), help);
            }
        }
        let shape = |key: &str| fields.iter().find(|field| field.name == key).map(|field| field.shape);
        self.children(node, &shape, at);
    }

    /// The first shape that fits without a mistake; else the mistakes of the one that fits the kind of value best.
    fn one_of(&mut self, node: &mut Node, shapes: &[Shape], spot: &Spot) {
        let mut best: Option<Vec<Mistake>> = None;
        for shape in shapes.iter().filter(|shape| accepts(shape, &node.value)) {
            let mut attempt = Validator::new(self.grammar, Vec::new());
            let mut copy = node.clone();
            attempt.value(&mut copy, shape, spot);
            if attempt.mistakes.is_empty() {
                *node = copy;
                return;
            }
            if best.as_ref().is_none_or(|best| attempt.mistakes.len() < best.len()) {
                best = Some(attempt.mistakes);
            }
        }
        match best {
            Some(mistakes) => self.mistakes.extend(mistakes),
            None => {
                let place =
                    node.place().filter(|place| !place.text().trim().is_empty()).unwrap_or(&spot.place).clone();
                let forms: Vec<_> = shapes.iter().map(describe).collect();
                let message = format!("`{}` takes {}, not {}", spot.name, forms.join(" or "), kind(&node.value));
                self.wrong(&place, message, "");
            }
        }
    }

    /// A text that has to have a form of its own.
    fn text(&mut self, node: &Node, shape: &Shape, at: &Spot) {
        let Some(text) = node.as_str() else { return };
        let (message, help) = match shape {
            Shape::Scalar => return,
            _ if text.trim().is_empty() => (format!("`{}` is empty", at.name), format!("write {}", describe(shape))),
            Shape::Duration if shape::duration(text).is_none() => {
                let help = "write a number and a unit, such as 500ms, 10s, 2m or 7d";
                (format!("`{}` is no time span", at.name), help.to_owned())
            }
            Shape::Date if text.parse::<Date>().is_err() => {
                (format!("`{}` is no date", at.name), "write year-month-day, such as 2026-12-31".to_owned())
            }
            Shape::Word(words) if !words.contains(&text) => {
                let meant = nearest(text, words.iter().copied()).map(|near| format!("did you mean `{near}`? "));
                let message = format!("`{}` does not take `{text}`", at.name);
                (message, format!("{}there are: {}", meant.unwrap_or_default(), words.join(", ")))
            }
            Shape::Rule if !self.grammar.rules.contains(&text) => {
                let meant = nearest(text, self.grammar.rules.iter().copied());
                let meant = meant.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
                (format!("there is no rule `{text}`"), format!("{meant}`gonogo list` shows them all"))
            }
            Shape::Pointer => match value_ref::bad_pointer(text) {
                Some(wrong) => wrong,
                None => return,
            },
            Shape::Pattern => match value_ref::pattern(text) {
                Err(message) => (message, String::new()),
                Ok(_) => return,
            },
            _ => return,
        };
        self.wrong(&at.place, message, help);
    }

    /// Interpolates the texts of a value's name, other than its pattern.
    fn references(&mut self, node: &mut Node, spot: &Spot) {
        let shape = |key: &str| match key {
            "match" => None,
            "else" => Some(Shape::ValueOf),
            _ => Some(Shape::Any),
        };
        // The names under `else` are judged with the whole, by ValueRef: here they are only interpolated.
        let Value::Map(map) = &mut node.value else { return };
        for (key, entry) in map {
            let spot = spot.under(key, entry.key.place());
            match shape(key) {
                Some(Shape::ValueOf) => self.references(&mut entry.node, &spot),
                Some(shape) => drop(self.interpolate(&mut entry.node, &shape, &spot)),
                None => {}
            }
        }
    }

    /// Interpolates a text, and makes a number or truth value of it where the shape asks for one. False: a mistake.
    fn interpolate(&mut self, node: &mut Node, shape: &Shape, at: &Spot) -> bool {
        let Some(text) = node.as_str().filter(|text| text.contains('$')) else { return true };
        match self.grammar.variables.interpolate(text, &node.origin, &at.place) {
            Err(mistake) => {
                self.mistakes.push(mistake);
                false
            }
            Ok((text, origin)) => {
                let shapes = if let Shape::OneOf(shapes) = shape { shapes } else { std::slice::from_ref(shape) };
                let takes = |wanted: fn(&Shape) -> bool| shapes.iter().any(wanted);
                let number = text
                    .trim()
                    .parse()
                    .ok()
                    .filter(|_| takes(|shape| matches!(shape, Shape::Int | Shape::IntIn(..))));
                let truth = text.trim().parse().ok().filter(|_| takes(|shape| matches!(shape, Shape::Bool)));
                let value = number.map(Value::Int).or_else(|| truth.map(Value::Bool));
                *node = Node::new(value.unwrap_or_else(|| Value::String(text)), origin);
                true
            }
        }
    }
}

fn first_key(node: &Node, whole: &Place) -> Place {
    node.entries().next().and_then(|(_, entry)| entry.key.place()).unwrap_or(whole).clone()
}

/// Whether a value is of the kind that a shape asks for.
fn accepts(shape: &Shape, value: &Value) -> bool {
    match shape {
        Shape::Text
        | Shape::Duration
        | Shape::Date
        | Shape::Word(_)
        | Shape::Pattern
        | Shape::Pointer
        | Shape::Rule => {
            matches!(value, Value::String(_))
        }
        Shape::Int | Shape::IntIn(..) => matches!(value, Value::Int(_)),
        Shape::Bool => matches!(value, Value::Bool(_)),
        Shape::Scalar => !matches!(value, Value::Seq(_) | Value::Map(_) | Value::Null),
        Shape::List(_) => matches!(value, Value::Seq(_)),
        Shape::Map(_) | Shape::Object(_) | Shape::ValueOf => matches!(value, Value::Map(_)),
        Shape::OneOf(shapes) => shapes.iter().any(|shape| accepts(shape, value)),
        Shape::Any => true,
    }
}

/// What a shape asks for, in words.
fn describe(shape: &Shape) -> String {
    match shape {
        Shape::Text => "a text".to_owned(),
        Shape::Int => "a whole number".to_owned(),
        Shape::IntIn(low, high) if low == high => format!("{low}"),
        Shape::IntIn(low, high) => format!("a whole number from {low} to {high}"),
        Shape::Bool => "true or false".to_owned(),
        Shape::Scalar => "a text or number".to_owned(),
        Shape::Duration => "a time span such as 10s".to_owned(),
        Shape::Date => "a date such as 2026-12-31".to_owned(),
        Shape::Word(words) => format!("one of {}", words.join(", ")),
        Shape::Pattern => "a regular expression with one group".to_owned(),
        Shape::Pointer => "a JSON pointer".to_owned(),
        Shape::Rule => "a rule's code".to_owned(),
        Shape::List(_) => "a list".to_owned(),
        Shape::Map(_) | Shape::Object(_) => "a mapping".to_owned(),
        Shape::OneOf(shapes) => shapes.iter().map(describe).collect::<Vec<_>>().join(" or "),
        Shape::ValueOf => "the name of a value, such as { service, env }".to_owned(),
        Shape::Any => "a value".to_owned(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Int(_) | Value::Float(_) => "a number",
        Value::String(_) => "a text",
        Value::Seq(_) => "a list",
        Value::Map(_) => "a mapping",
    }
}
