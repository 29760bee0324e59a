//! Steps of screening that go from report to report, each called by the module of its name.

mod last;
mod layout;
mod names;
mod news;
mod numbers;
mod uploads;
