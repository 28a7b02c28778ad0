//! Registers the services of the benches, starts, loads and stops each in turn, and says what that took. With `host` as its
//! first argument it does so with hosts of a program that is not a service.
//!
//! All times are taken in this one process, which has the SCM open, so that no start of a program is in them but that of the
//! service. Times are `Instant`s, which Windows makes of `QueryPerformanceCounter`.
#![cfg_attr(not(windows), allow(dead_code, reason = "elsewhere only its tests run"))]

mod check;
mod host;
mod measure;
mod plan;
mod report;
mod stats;

#[cfg(windows)]
mod cycle;
#[cfg(windows)]
mod load;
#[cfg(windows)]
mod rounds;
#[cfg(windows)]
mod sys;

use std::process::ExitCode;

#[cfg(windows)]
fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("host") {
        return match host::bench(std::env::args().skip(2)) {
            Ok(is_kept) => ExitCode::from(u8::from(!is_kept)),
            Err(error) => failed(&error),
        };
    }
    let plan = match plan::Plan::read(std::env::args().skip(1)) {
        Ok(plan) => plan,
        Err(error) => return failed(&error),
    };
    let results = match rounds::run(&plan) {
        Ok(results) => results,
        Err(error) => return failed(&error),
    };
    let verdict = check::check(&results);
    if plan.is_json {
        println!("{}", report::json(&plan, &results, &verdict));
    } else {
        print!("{}", report::table(&plan, &results, &verdict));
    }
    ExitCode::from(u8::from(plan.is_checked && !verdict.is_passed()))
}

#[cfg(windows)]
fn failed(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(2)
}

#[cfg(not(windows))]
fn main() -> ExitCode {
    eprintln!("error: the driver measures Windows services, and runs on Windows or in Wine");
    ExitCode::from(2)
}
