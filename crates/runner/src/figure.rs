use crate::feed::{Subset, permutation};
use crate::progress::{Bar, Watched};
use crate::report::{Block, Card};
use crate::{Run, TestArgs, console::thousands};
use serde_json::{Value, json};
use vae_architectures::LatentModel;
use vae_losses::{Examples, Objective};
use vae_metrics::{Estimate, active_units, evaluate, negative_log_likelihood};

/// A figure of the summary.
pub(crate) struct Figure {
    name: &'static str,
    pub label: String,
    pub value: f64,
    unit: String,
    standard_error: Option<f64>,
    examples: usize,
    samples: Option<usize>,
}

/// Measures a model on test data; `means` are their latent means. Also returns −ln p(x) of each example, NaN where it was not
/// measured.
pub(crate) fn measure<M: LatentModel<f32> + Sync, O: Objective<f32> + Sync>(
    run: &Run,
    model: &M,
    objective: &O,
    data: &impl Examples<f32>,
    means: &[f32],
    args: &TestArgs,
) -> ([Figure; 5], Vec<f32>) {
    let evaluation = evaluate(objective, model, data, run.noise("evaluation"));

    let mut chosen = permutation(data.len(), run.noise("subset"));
    chosen.truncate(args.nll_images.map_or(data.len(), usize::from));
    let subset = Subset {
        of: data,
        rows: chosen,
    };
    let samples = args.nll_samples.get();
    let watched = Watched {
        bar: Bar::new("likelihood", subset.len(), 0),
        of: &subset,
    };
    let nll = negative_log_likelihood(model, &watched, samples, run.noise("importance"));
    let mut of_each = vec![f32::NAN; data.len()];
    for (row, nll) in subset.rows.iter().zip(&nll) {
        of_each[*row] = *nll as f32;
    }

    let latent = means.len() / data.len();
    let figures = [
        Figure::estimate("elbo", "Test ELBO", evaluation.elbo),
        Figure::estimate(
            "reconstruction",
            "Test reconstruction",
            evaluation.reconstruction,
        ),
        Figure::estimate("kl", "Test KL divergence", evaluation.kl),
        Figure {
            samples: Some(samples),
            ..Figure::estimate(
                "nll",
                &format!("Test NLL, {samples} samples"),
                Estimate::of(&nll),
            )
        },
        Figure {
            name: "active_units",
            label: "Active units".into(),
            value: active_units(means, latent) as f64,
            unit: format!("of {latent}"),
            standard_error: None,
            examples: data.len(),
            samples: None,
        },
    ];
    (figures, of_each)
}

impl Figure {
    fn estimate(name: &'static str, label: &str, estimate: Estimate) -> Self {
        Self {
            name,
            label: label.into(),
            value: estimate.mean,
            unit: "nats".into(),
            // There is none for a single example.
            standard_error: Some(estimate.standard_error).filter(|error| error.is_finite()),
            examples: estimate.count,
            samples: None,
        }
    }

    pub fn json(&self) -> Value {
        json!({
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "standard_error": self.standard_error,
            "examples": self.examples,
            "samples": self.samples,
        })
    }

    fn number(&self) -> String {
        let text = match self.unit.as_str() {
            "nats" => format!("{:.2}", self.value),
            _ => self.value.to_string(),
        };
        text.replace('-', "−")
    }

    /// The value with its standard error, or its unit.
    pub fn text(&self) -> String {
        match self.standard_error {
            Some(error) => format!("{} ± {error:.2}", self.number()),
            None => format!("{} {}", self.number(), self.unit),
        }
    }

    /// Says what was measured.
    pub fn say(&self) {
        tracing::info!(
            figure = self.name,
            value = self.value,
            unit = self.unit,
            standard_error = self.standard_error,
            examples = self.examples,
            samples = self.samples,
            "  {:<24} {}",
            self.label,
            self.text()
        );
    }

    pub fn card(&self) -> Card {
        Card {
            label: self.label.clone(),
            value: self.number(),
            unit: self.unit.clone(),
        }
    }

    /// All figures, with everything that is known of them.
    pub fn table(figures: &[Self]) -> Block {
        let row = |f: &Self| {
            let error = f
                .standard_error
                .map_or(String::new(), |e| format!("{e:.2}"));
            vec![
                f.label.clone(),
                f.number(),
                error,
                f.unit.clone(),
                thousands(f.examples as u64),
            ]
        };
        let header = ["Figure", "Value", "Standard error", "Unit", "Images"];
        Block::Table {
            header: header.map(String::from).into(),
            rows: figures.iter().map(row).collect(),
        }
    }
}
