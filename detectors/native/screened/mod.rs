//! Steps of screening that go from report to report, each called by the module of its name.

mod last;
mod layout;
mod news;
mod uploads;
