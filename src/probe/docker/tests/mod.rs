//! The probe of the engine against engines that are not: well-behaved, hostile, and none at all.

mod archives;
mod fake;
mod hostile;
mod shapes;
