//! A small source of chance (xorshift64*): the same seed, the same values. It is another one with every run; `tests/run` sets
//! `TEST_SEED`, so that its outcome depends on the code alone.

use std::time::{SystemTime, UNIX_EPOCH};

/// Where values made by chance come from.
pub struct Random(u64);

impl Random {
    /// Shows its seed, which a failure is then told with.
    pub fn new() -> Self {
        let seed = std::env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed: u64 = seed.unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right");
            since.as_nanos() as u64
        });
        println!("TEST_SEED={seed}");
        Self(seed.max(1))
    }

    /// A number from 0 up to, but not including, the end.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }

    /// One of a list.
    pub fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}
