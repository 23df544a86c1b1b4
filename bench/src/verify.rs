//! Measures the verification of a client's access token: prints the median of the rounds in microseconds.

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

const ROUNDS: usize = 21;
const ITERATIONS: u32 = 500;

fn main() -> std::io::Result<()> {
    let verify =
        plenaria_http::auth::bench::verifier().ok_or_else(|| std::io::Error::other("no token could be created"))?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for _ in 0..ITERATIONS {
            if !black_box(verify()) {
                return Err(std::io::Error::other("the token was rejected"));
            }
        }
        rounds.push(started.elapsed() / ITERATIONS);
    }
    rounds.sort_unstable();
    writeln!(std::io::stdout(), "{:.1}", rounds[ROUNDS / 2].as_secs_f64() * 1e6)
}
