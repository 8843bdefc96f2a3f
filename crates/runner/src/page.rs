//! The parts of a run's report that are made of its history and its options.

use crate::Epoch;
use crate::chart::{Chart, Series, curves};
use crate::console::thousands;
use crate::report::Block;
use serde_json::Value;
use vae_metrics::{CodeUsage, Information};

/// The bound on training and on validation images, and its terms.
pub(crate) fn training_curves(history: &[Epoch]) -> [Chart; 2] {
    let series = |name: &str, f: fn(&Epoch) -> f64| Series {
        name: name.into(),
        points: history
            .iter()
            .map(|epoch| (epoch.epoch as f64, f(epoch)))
            .collect(),
    };
    let bound = [
        series("training", |e| -e.train.reconstruction - e.train.kl),
        series("validation", |e| e.valid.elbo.mean),
    ];
    let terms = [
        series("reconstruction", |e| e.valid.reconstruction.mean),
        series("KL divergence", |e| e.valid.kl.mean),
    ];
    let draw = |title, series: &[Series]| curves(title, "epoch", "nats per image", series);
    [
        draw("Evidence lower bound", &bound),
        draw("Terms of the bound, on validation images", &terms),
    ]
}

/// At most a dozen epochs, the last among them.
pub(crate) fn epoch_table(history: &[Epoch]) -> Block {
    let every = history.len().div_ceil(12).max(1);
    let shown = history
        .iter()
        .filter(|e| e.epoch % every == 0 || e.epoch == history.len());
    let number = |x: f64| format!("{x:.2}").replace('-', "−");
    let row = |e: &Epoch| {
        vec![
            e.epoch.to_string(),
            number(e.train.loss),
            number(e.valid.elbo.mean),
            number(e.valid.reconstruction.mean),
            number(e.valid.kl.mean),
            number(e.seconds),
            thousands(e.images_per_second as u64),
        ]
    };
    let header = [
        "Epoch",
        "Training loss",
        "Validation ELBO",
        "Reconstruction",
        "KL",
        "Seconds",
        "Images/s",
    ];
    Block::Table {
        header: header.map(String::from).into(),
        rows: shown.map(row).collect(),
    }
}

/// What `config.json` says.
pub(crate) fn option_table(config: &Value) -> Block {
    let options = config["options"].as_object().into_iter().flatten();
    let rows = options.map(|(name, value)| vec![name.replace('_', " "), option_text(value)]);
    Block::Table {
        header: ["Option", "Value"].map(String::from).into(),
        rows: rows.collect(),
    }
}

/// The value of an option.
pub(crate) fn option_text(value: &Value) -> String {
    match value {
        Value::Null => "default".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The type of a model, which is its architecture, without the paths of its parts.
pub(crate) fn type_name<M>() -> String {
    let parts = std::any::type_name::<M>().split_inclusive(['<', '>', ',', '(', ')', ' ']);
    parts
        .map(|part| part.rsplit("::").next().unwrap_or(part))
        .collect()
}

/// The divergence by dimension, the largest first.
pub(crate) fn dimensions(usage: &CodeUsage) -> Option<Chart> {
    let mut kl = usage.kl_by_dimension.clone()?;
    kl.sort_by(|a, b| b.total_cmp(a));
    let points = kl.iter().enumerate();
    let series = Series {
        name: "KL divergence".into(),
        points: points.map(|(i, kl)| ((i + 1) as f64, *kl)).collect(),
    };
    let title = "Divergence of each dimension of the code";
    let axes = ["dimension, the largest first", "nats per image"];
    Some(curves(title, axes[0], axes[1], &[series]))
}

/// How the code is used: figures, and what they mean.
pub(crate) fn code(usage: &CodeUsage, examples: usize, history: &[Epoch]) -> Vec<Block> {
    let number = |x: f64| format!("{x:.2}").replace('-', "−");
    let mut rows = vec![vec!["KL divergence, the rate".into(), number(usage.kl)]];
    if let Some(information) = usage.information {
        let Information { mutual, limit, gap } = information;
        rows.extend([
            vec![
                format!(
                    "mutual information of image and code, at least (the estimate's limit is {})",
                    number(limit)
                ),
                number(mutual),
            ],
            vec![
                "rest of the rate: aggregate posterior to prior, at most".into(),
                number(gap),
            ],
        ]);
    }
    let header = [
        &format!("On {} test images", thousands(examples as u64)),
        "Nats",
    ];
    let beta = history.last().and_then(|e| e.train.extras.get("beta"));
    let findings = usage.findings(beta.copied());
    vec![
        Block::Text(findings.join("\n\n")),
        Block::Table {
            header: header.map(str::to_string).into(),
            rows,
        },
    ]
}
