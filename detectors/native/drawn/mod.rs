//! Steps of drawing samples of reports, each called by the module of its name.

mod places;
