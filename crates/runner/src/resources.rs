//! What a run cost.

use crate::Epoch;
use crate::console::{duration, thousands};
use serde::Serialize;

/// What a run cost, for `summary.json`.
#[derive(Serialize)]
pub(crate) struct Resources {
    /// From the first batch to the last file, without pauses.
    wall_seconds: f64,
    /// Of that, the time after the training.
    evaluation_seconds: f64,
    /// Training images per second.
    images_per_second: Option<f64>,
    milliseconds_per_step: Option<f64>,
    peak_memory_bytes: Option<u64>,
}

impl Resources {
    /// With so much time since the training.
    pub fn used(history: &[Epoch], evaluation_seconds: f64) -> Self {
        let seconds: f64 = history.iter().map(|epoch| epoch.seconds).sum();
        let images = history.iter().map(|e| e.seconds * e.images_per_second);
        Self {
            wall_seconds: seconds + evaluation_seconds,
            evaluation_seconds,
            images_per_second: (seconds > 0.0).then(|| images.sum::<f64>() / seconds),
            milliseconds_per_step: milliseconds_per_step(history),
            peak_memory_bytes: peak_memory(),
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = duration(self.wall_seconds);
        if let Some(rate) = self.images_per_second {
            text += &format!(", {} images/s in training", thousands(rate as u64));
        }
        if let Some(bytes) = self.peak_memory_bytes {
            text += &format!(", {} MB of memory", thousands(bytes / 1_000_000));
        }
        text
    }
}

/// Of the epoch that was the fastest: others may have had to share the machine.
pub(crate) fn milliseconds_per_step(history: &[Epoch]) -> Option<f64> {
    let before = [0]
        .into_iter()
        .chain(history.iter().map(|epoch| epoch.step));
    let steps = history
        .iter()
        .zip(before)
        .map(|(e, before)| e.step - before);
    let epochs = history.iter().zip(steps).filter(|(_, steps)| *steps > 0);
    epochs
        .map(|(epoch, steps)| 1e3 * epoch.seconds / steps as f64)
        .min_by(f64::total_cmp)
}

/// The most memory that this process has had, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_used_counts() {
        let Some(before) = peak_memory() else {
            return println!("skipped: this system does not tell");
        };
        let size = 64 << 20;
        let used = std::hint::black_box(vec![1u8; size + before as usize]);
        assert!(peak_memory().unwrap() >= before + size as u64);
        drop(used);
    }
}
