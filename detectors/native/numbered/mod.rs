//! Numbers of what reports name, each called by the module of its name.

mod names;
pub(crate) mod numbers;
mod places;
