//! Numbers of what reports name, each called by the module of its name.

mod names;
mod numbers;
mod places;
