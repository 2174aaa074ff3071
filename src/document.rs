//! Documents as they arrive: containers and their structure, opened strictly and under a budget.
//! It says what is there; whether signatures hold is judged in `seal` and `license`.

pub mod cms;
pub mod ofd;
pub mod pdf;
pub mod timestamp;
pub mod zip;
