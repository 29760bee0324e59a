//! Levels as zones judge and learn them, many at once.

mod judge;
mod levels;
mod phones;
mod tables;
