//! A random project: one to three services in one or two files, and what these name.

use std::collections::BTreeMap;

use crate::pieces::{ENVIRONMENTS, ODD, SECTIONS, SERVICE, VARIABLES};
use crate::random::Random;

pub(crate) struct Project {
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) args: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
}

const NAMES: [&str; 3] = ["a", "b", "c"];

pub(crate) fn project(seed: u64) -> Project {
    let mut random = Random::new(seed);
    let mut project = Project { files: BTreeMap::new(), args: Vec::new(), environment: BTreeMap::new() };
    // What services may name is there whether they do or not.
    for (name, text) in [
        ("e.env", "A=file\nB=\"two words\" # c\nC=${A}-${HOME}\nE=\nD\n"),
        ("f.env", "A='f $x'\nF: yaml\nexport G=1\n"),
        ("l.env", "label.one=1\nlabel.two=x y\n"),
        ("sub/e.env", "A=sub\n"),
        ("s", "secret"),
    ] {
        project.files.insert(name.to_owned(), text.to_owned());
    }
    if random.once_in(2) {
        project.files.insert(".env".to_owned(), random.text(ENVIRONMENTS).to_owned());
    }
    if random.once_in(3) {
        let (name, value) = random.pick(VARIABLES);
        project.environment.insert((*name).to_owned(), (*value).to_owned());
    }
    let names: Vec<&str> = NAMES.iter().take(1 + random.below(3)).copied().collect();
    let extending = random.once_in(4);
    let including = random.once_in(6);
    project.files.insert("compose.yaml".to_owned(), file(&names, &mut random, true, extending, including));
    if extending {
        project.files.insert("sub/base.yaml".to_owned(), file(&["base"], &mut random, true, false, false));
    }
    if including {
        project.files.insert("sub/inc.yaml".to_owned(), file(&["inc"], &mut random, true, false, false));
        if random.once_in(2) {
            project.files.insert("sub/.env".to_owned(), "A=inc\nP=7070\nI=inner\n".to_owned());
        }
    }
    if random.once_in(2) {
        project.files.insert("compose.override.yaml".to_owned(), file(&names, &mut random, false, false, false));
    }
    if random.once_in(4) {
        project.args = ["--profile", random.text(&["x", "*", "nope"])].map(str::to_owned).to_vec();
    }
    if random.once_in(8) {
        project.args.extend(["-p", "named"].map(str::to_owned));
    }
    project
}

fn file(names: &[&str], random: &mut Random, whole: bool, extending: bool, including: bool) -> String {
    let mut text = String::new();
    if random.once_in(12) {
        text.push_str("version: \"3.8\"\n");
    }
    if random.once_in(12) {
        text.push_str(random.text(&["name: named-here\n", "name: \"${A:-x}y\"\n", "name: My_App.1\n"]));
    }
    if random.once_in(8) {
        text.push_str("x-base: &base\n  labels: {base: one}\n  restart: always\n");
    }
    let anchored = text.contains("&base");
    if including {
        text.push_str(random.text(&[
            "include: [sub/inc.yaml]\n",
            "include:\n  - path: sub/inc.yaml\n    env_file: e.env\n",
            "include:\n  - path: [sub/inc.yaml]\n    project_directory: .\n",
        ]));
    }
    text.push_str("services:\n");
    for name in names {
        text.push_str(&format!("  {name}:\n"));
        if whole || random.once_in(4) {
            text.push_str(random.text(&[
                "    image: busybox\n",
                "    image: \"x:${T:-latest}\"\n",
                "    image: ${A:-img}\n",
            ]));
        }
        if anchored && random.once_in(2) {
            text.push_str("    <<: *base\n");
        }
        if extending && random.once_in(2) {
            text.push_str(random.text(&[
                "    extends: {file: sub/base.yaml, service: base}\n",
                "    extends:\n      file: ./sub/base.yaml\n      service: base\n",
                "    extends: {service: a}\n",
                "    extends: b\n",
            ]));
        }
        let mut taken: Vec<&str> = vec!["image"];
        if text.ends_with("<<: *base\n") || anchored {
            taken.extend(["labels", "restart"]);
        }
        let wanted = usize::from(!whole) + random.below(6);
        for _ in 0..wanted {
            let (key, values) = random.pick(SERVICE);
            if taken.contains(key) {
                continue;
            }
            taken.push(key);
            let value = random.text(values);
            let tag = match random.below(if whole { 400 } else { 24 }) {
                0 => "!reset ",
                1 => "!override ",
                _ => "",
            };
            text.push_str(&format!("    {key}: {tag}{value}\n"));
        }
        if random.once_in(40) {
            text.push_str(&format!("    {}\n", random.text(ODD)));
        }
    }
    for (section, values) in SECTIONS {
        if names == ["inc"] && !random.once_in(6) {
            continue;
        }
        if whole || random.once_in(6) {
            text.push_str(&format!("{section}:\n{}", random.text(values)));
        }
    }
    text
}
