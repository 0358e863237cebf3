//! Tests of the whole: texts of every format in, masked texts out.

mod learned;
mod texts;
