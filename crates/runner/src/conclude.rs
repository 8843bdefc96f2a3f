use crate::console::{self, duration, say, thousands};
use crate::feed::{Subset, permutation};
use crate::figure::{Figure, measure};
use crate::gallery::Gallery;
use crate::page::{self, epoch_table, option_table, training_curves, type_name};
use crate::report::{Block, Card, Report, Section};
use crate::resources::Resources;
use crate::run::pretty;
use crate::tensorboard::EventFile;
use crate::{Epoch, Error, Pictured, Result, Run, TestArgs, file, weights};
use dfdx::prelude::{Cpu, NumParams, TensorCollection};
use serde_json::{Value, json};
use std::time::Instant;
use vae_architectures::LatentModel;
use vae_data::Npy;
use vae_losses::Objective;
use vae_metrics::{code_usage, latent_means};

/// Measures a trained model of images on its test set, and completes the run folder: `summary.json`, the pictures and charts,
/// `report.html`, and for other programs weights, codes and samples. Says what came out, and where it is.
///
/// # Errors
/// If a file cannot be written, or a figure is not finite.
pub fn conclude<M, O>(
    run: &Run,
    model: &M,
    objective: &O,
    history: &[Epoch],
    test: &impl Pictured,
    args: &TestArgs,
) -> Result<()>
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu> + Sync,
    O: Objective<f32> + Sync,
{
    let clock = Instant::now();
    let means = latent_means(model, test, run.noise("evaluation"));
    let (figures, nll) = measure(run, model, objective, test, &means, args);
    if let Some(figure) = figures.iter().find(|figure| !figure.value.is_finite()) {
        return Err(Error::NotFinite {
            figure: figure.label.clone(),
            value: figure.value,
        });
    }

    let few = Subset {
        of: test,
        rows: permutation(test.len(), run.noise("subset"))
            .into_iter()
            .take(2000)
            .collect(),
    };
    let usage = code_usage(model, &few, run.noise("code"));

    let mut gallery = Gallery::draw(run, model, test, &means);
    if let Some(chart) = page::dimensions(&usage) {
        gallery.add_chart(
            "dimensions.png",
            "The divergence of each dimension of the code on test images, the largest first.",
            chart,
        );
    }
    let [bound, terms] = training_curves(history);
    gallery.add_chart(
        "elbo.png",
        "The evidence lower bound on training and validation images.",
        bound,
    );
    gallery.add_chart(
        "terms.png",
        "The two terms of the bound on the validation images.",
        terms,
    );
    gallery.save(run)?;
    let step = history.last().map_or(0, |epoch| epoch.step);
    gallery.show(&mut EventFile::create(run.dir())?, step)?;
    weights::save(model, &run.path("weights.safetensors"))?;
    for (name, values, rows) in [
        ("latents.npy", &means, test.len()),
        ("samples.npy", &gallery.samples, 100),
        ("nll.npy", &nll, test.len()),
    ] {
        let columns = values.len() / rows;
        let array = Npy {
            dims: if columns > 1 {
                vec![rows, columns]
            } else {
                vec![rows]
            },
            values: values.clone(),
        };
        file::save(&run.path(name), &array.to_bytes())?;
    }

    let seconds: f64 = history.iter().map(|epoch| epoch.seconds).sum();
    let parameters = model.num_trainable_params();
    let mut cards: Vec<Card> = figures.iter().map(Figure::card).collect();
    cards.push(Card {
        label: "Training".into(),
        value: duration(seconds),
        unit: String::new(),
    });
    let section = |heading: &str, blocks| Section {
        heading: heading.into(),
        blocks,
    };
    let mut code = page::code(&usage, few.rows.len(), history);
    code.push(gallery.figure("latent.png"));
    if usage.kl_by_dimension.is_some() {
        code.push(gallery.figure("dimensions.png"));
    }
    let drawn = ["reconstructions.png", "samples.png", "interpolations.png"]
        .map(|name| gallery.figure(name));
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
            section("Samples and reconstructions", drawn.into()),
            section("The code", code),
            section(
                "Training",
                vec![
                    gallery.figure("elbo.png"),
                    gallery.figure("terms.png"),
                    epoch_table(history),
                ],
            ),
            section("On the test set", vec![Figure::table(&figures)]),
            section(
                "How to reproduce",
                vec![
                    Block::Code(console::command(&[])),
                    option_table(run.config()),
                    Block::Text(format!("The model is of the type {}.", type_name::<M>())),
                ],
            ),
        ],
    };
    report.save(&run.path("report.html"))?;

    let resources = Resources::used(history, clock.elapsed().as_secs_f64());
    let summary = json!({
        "experiment": run.name(),
        "version": env!("CARGO_PKG_VERSION"),
        "seed": run.args().seed,
        "epochs": history.len(),
        "steps": step,
        "parameters": parameters,
        "training_seconds": seconds,
        "resources": resources,
        "split": "test",
        "figures": figures.iter().map(Figure::json).collect::<Vec<Value>>(),
    });
    // Last, since its presence says that the run is finished.
    file::save(&run.path("summary.json"), pretty(&summary).as_bytes())?;

    say(format_args!(
        "\nOn {} test images, in nats per image:",
        thousands(test.len() as u64)
    ));
    for figure in &figures {
        figure.say();
    }
    say(format_args!(
        "  {:<24} {}",
        "Time and memory",
        resources.text()
    ));
    say(format_args!("\nEverything is in {}", run.dir().display()));
    for (name, what) in FILES {
        say(format_args!("  {name:<19} {what}"));
    }
    Ok(())
}

/// What the user is told about the run folder.
const FILES: [(&str, &str); 10] = [
    ("report.html", "all of it on one page: open this first"),
    (
        "*.png",
        "reconstructions, samples, interpolations, latent space, curves",
    ),
    ("*.svg", "the charts among them, for print"),
    ("summary.json", "the final figures"),
    ("metrics.jsonl", "a line per epoch"),
    ("config.json", "every option"),
    ("weights.safetensors", "the model, for other programs"),
    (
        "*.npy",
        "the codes of the test images, the samples, each image's NLL",
    ),
    ("events.out.*", "for TensorBoard: tensorboard --logdir runs"),
    (
        "checkpoint.bin",
        "the model and the optimizer; for more epochs: --resume --epochs N",
    ),
];
