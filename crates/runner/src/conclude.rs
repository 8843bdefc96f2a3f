use crate::chart::{Series, curves};
use crate::console::{self, duration, say, thousands};
use crate::gallery::Gallery;
use crate::report::{Block, Card, Report, Section};
use crate::run::pretty;
use crate::{Epoch, Error, Fixed, Result, Run, TestArgs, file};
use dfdx::prelude::{Cpu, NumParams, TensorCollection};
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use vae_architectures::LatentModel;
use vae_data::{Batches, Images};
use vae_losses::{Examples, Objective};
use vae_metrics::{Estimate, active_units, evaluate, latent_means, negative_log_likelihood};

/// Measures a trained model of images on its test set, and completes the run folder: `summary.json`, the pictures and
/// `report.html`. Says what came out, and where it is.
///
/// The test images are binarized once, at random, by the run's seed.
///
/// # Errors
/// If a file cannot be written, or a figure is not finite.
pub fn conclude<M, O>(
    run: &Run,
    model: &M,
    objective: &O,
    history: &[Epoch],
    test: &Images,
    args: &TestArgs,
) -> Result<()>
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu> + Sync,
    O: Objective<f32> + Sync,
{
    let data = Fixed::binarized(test, run.noise("test"));
    let evaluation = evaluate(objective, model, &data, run.noise("evaluation"));
    let means = latent_means(model, &data, run.noise("evaluation"));
    let latent = means.len() / data.len();

    let order = Batches::shuffled(
        data.len(),
        NonZeroUsize::MIN,
        &mut run.noise("subset").rng(),
    );
    let chosen = args
        .nll_images
        .map_or(data.len(), |n| n.get().min(data.len()));
    let rows: Vec<usize> = order.iter().flatten().copied().take(chosen).collect();
    let subset = Fixed(data.0.subset(&rows));
    let nll = negative_log_likelihood(
        model,
        &subset,
        args.nll_samples.get(),
        run.noise("importance"),
    );
    let samples = args.nll_samples;

    let figures = [
        Figure::estimate("elbo", "Test ELBO", evaluation.elbo),
        Figure::estimate(
            "reconstruction",
            "Test reconstruction",
            evaluation.reconstruction,
        ),
        Figure::estimate("kl", "Test KL divergence", evaluation.kl),
        Figure {
            samples: Some(samples.get()),
            ..Figure::estimate(
                "nll",
                &format!("Test NLL, {samples} samples"),
                Estimate::of(&nll),
            )
        },
        Figure {
            name: "active_units",
            label: "Active units".into(),
            value: active_units(&means, latent) as f64,
            unit: format!("of {latent}"),
            standard_error: None,
            examples: data.len(),
            samples: None,
        },
    ];
    if let Some(figure) = figures.iter().find(|figure| !figure.value.is_finite()) {
        return Err(Error::NotFinite {
            figure: figure.label.clone(),
            value: figure.value,
        });
    }

    let seconds: f64 = history.iter().map(|epoch| epoch.seconds).sum();
    let parameters = model.num_trainable_params();
    let summary = json!({
        "experiment": run.name(),
        "version": env!("CARGO_PKG_VERSION"),
        "seed": run.args().seed,
        "epochs": history.len(),
        "parameters": parameters,
        "training_seconds": seconds,
        "split": "test",
        "figures": figures.iter().map(Figure::json).collect::<Vec<Value>>(),
    });

    let mut gallery = Gallery::draw(run, model, test, &data, &means).0;
    let [elbo, terms] = training_curves(history);
    gallery.push((
        "elbo.png",
        "The evidence lower bound on training and validation images.".into(),
        elbo,
    ));
    gallery.push((
        "terms.png",
        "The two terms of the bound on the validation images.".into(),
        terms,
    ));
    for (name, _, picture) in &gallery {
        picture.save(&run.path(name)).map_err(|reason| Error::Io {
            path: run.path(name),
            reason,
        })?;
    }

    let figure = |name: &str| {
        let (_, caption, picture) = gallery
            .iter()
            .find(|(n, ..)| *n == name)
            .expect("a picture of this name");
        Block::Figure {
            picture: picture.clone(),
            caption: caption.clone(),
        }
    };
    let mut cards: Vec<Card> = figures
        .iter()
        .filter(|f| f.name != "reconstruction")
        .map(Figure::card)
        .collect();
    cards.push(Card {
        label: "Training".into(),
        value: duration(seconds),
        unit: String::new(),
    });
    let section = |heading: &str, blocks| Section {
        heading: heading.into(),
        blocks,
    };
    let report = Report {
        title: run.name().into(),
        subtitle: format!(
            "seed {} · {} epochs · {} parameters · vae {}",
            run.args().seed,
            history.len(),
            thousands(parameters as u64),
            env!("CARGO_PKG_VERSION")
        ),
        sections: vec![
            section("", vec![Block::Cards(cards)]),
            section(
                "Samples and reconstructions",
                ["reconstructions.png", "samples.png", "interpolations.png"]
                    .map(figure)
                    .into(),
            ),
            section("Latent space", vec![figure("latent.png")]),
            section(
                "Training",
                vec![
                    figure("elbo.png"),
                    figure("terms.png"),
                    epoch_table(history),
                ],
            ),
            section("On the test set", vec![figure_table(&figures)]),
            section(
                "How to reproduce",
                vec![
                    Block::Code(console::command(&[])),
                    option_table(run.config()),
                    Block::Text(model_name::<M>()),
                ],
            ),
        ],
    };
    report
        .save(&run.path("report.html"))
        .map_err(|reason| Error::Io {
            path: run.path("report.html"),
            reason,
        })?;
    // Last, since its presence says that the run is finished.
    file::save(&run.path("summary.json"), pretty(&summary).as_bytes())?;

    say(format_args!(
        "\nOn {} test images, in nats per image:",
        thousands(data.len() as u64)
    ));
    for figure in &figures {
        say(format_args!("  {:<24} {}", figure.label, figure.text()));
    }
    say(format_args!("\nEverything is in {}", run.dir().display()));
    say("  report.html       all of it on one page: open this first");
    say("  *.png             reconstructions, samples, interpolations, latent space, curves");
    say("  summary.json      the final figures");
    say("  metrics.jsonl     a line per epoch");
    say("  config.json       every option");
    say("  checkpoint.bin    the model and the optimizer; more epochs: --resume --epochs N");
    Ok(())
}

/// One figure of the summary.
struct Figure {
    name: &'static str,
    label: String,
    value: f64,
    unit: String,
    standard_error: Option<f64>,
    examples: usize,
    samples: Option<usize>,
}

impl Figure {
    fn estimate(name: &'static str, label: &str, estimate: Estimate) -> Self {
        Self {
            name,
            label: label.into(),
            value: estimate.mean,
            unit: "nats".into(),
            standard_error: Some(estimate.standard_error),
            examples: estimate.count,
            samples: None,
        }
    }

    fn json(&self) -> Value {
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
        let text = if self.standard_error.is_some() {
            format!("{:.2}", self.value)
        } else {
            self.value.to_string()
        };
        text.replace('-', "−")
    }

    fn text(&self) -> String {
        match self.standard_error {
            Some(error) => format!("{} ± {error:.2}", self.number()),
            None => format!("{} {}", self.number(), self.unit),
        }
    }

    fn card(&self) -> Card {
        Card {
            label: self.label.clone(),
            value: self.number(),
            unit: self.unit.clone(),
        }
    }
}

fn figure_table(figures: &[Figure]) -> Block {
    let row = |f: &Figure| {
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
    Block::Table {
        header: ["Figure", "Value", "Standard error", "Unit", "Images"]
            .map(String::from)
            .into(),
        rows: figures.iter().map(row).collect(),
    }
}

/// At most a dozen epochs, the last among them.
fn epoch_table(history: &[Epoch]) -> Block {
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

fn option_table(config: &Value) -> Block {
    let options = config["options"].as_object();
    let text = |value: &Value| match value {
        Value::Null => "default".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rows = options
        .into_iter()
        .flatten()
        .map(|(name, value)| vec![name.replace('_', " "), text(value)]);
    Block::Table {
        header: ["Option", "Value"].map(String::from).into(),
        rows: rows.collect(),
    }
}

/// The type of the model, which is its architecture, without the paths of its parts.
fn model_name<M>() -> String {
    let name = std::any::type_name::<M>();
    let mut short = String::new();
    for part in name.split_inclusive(['<', '>', ',', '(', ')', ' ']) {
        short.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    short
}

fn training_curves(history: &[Epoch]) -> [crate::picture::Picture; 2] {
    let series = |name: &str, f: fn(&Epoch) -> f64| Series {
        name: name.into(),
        points: history
            .iter()
            .map(|epoch| (epoch.epoch as f64, f(epoch)))
            .collect(),
    };
    [
        curves(
            "Evidence lower bound",
            "epoch",
            "nats per image",
            &[
                series("training", |e| -e.train.reconstruction - e.train.kl),
                series("validation", |e| e.valid.elbo.mean),
            ],
        ),
        curves(
            "Terms of the bound, on validation images",
            "epoch",
            "nats per image",
            &[
                series("reconstruction", |e| e.valid.reconstruction.mean),
                series("KL divergence", |e| e.valid.kl.mean),
            ],
        ),
    ]
}
