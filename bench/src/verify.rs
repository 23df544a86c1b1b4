//! How long verifying a client's access token takes: the median of rounds, in microseconds.

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

const ROUNDS: usize = 21;
const TIMES: u32 = 500;

fn main() -> std::io::Result<()> {
    let verify = plenaria_http::auth::bench::verifier().ok_or_else(|| std::io::Error::other("no token could be made"))?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for _ in 0..TIMES {
            if !black_box(verify()) {
                return Err(std::io::Error::other("the token was refused"));
            }
        }
        rounds.push(begun.elapsed() / TIMES);
    }
    rounds.sort_unstable();
    writeln!(std::io::stdout(), "{:.1}", rounds[ROUNDS / 2].as_secs_f64() * 1e6)
}
