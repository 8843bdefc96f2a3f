//! A run that ends well leaves everything that it promises.

use crate::program::{Folder, ONE_EPOCH, QUICK, SHORT};
use serde_json::{Value, json};
use std::io::Cursor;
use std::process::Stdio;
use vae::data::Npy;

const PICTURES: [&str; 7] = [
    "dimensions.png",
    "elbo.png",
    "interpolations.png",
    "latent.png",
    "reconstructions.png",
    "samples.png",
    "terms.png",
];

/// Those of them that are charts.
const CHARTS: [&str; 4] = ["dimensions.svg", "elbo.svg", "latent.svg", "terms.svg"];

/// The one figure of the summary with this name.
fn figure(name: &str) -> Value {
    let summary = QUICK.files.json("summary.json");
    let figures = summary["figures"].as_array().unwrap().iter();
    let named: Vec<&Value> = figures.filter(|figure| figure["name"] == name).collect();
    assert_eq!(named.len(), 1, "{name} in {summary:#}");
    named[0].clone()
}

#[test]
fn the_folder_holds_every_file_and_no_leftovers() {
    let mut expected = vec![
        "best.bin",
        "checkpoint.bin",
        "config.json",
        "latents.npy",
        "metrics.jsonl",
        "nll.npy",
        "previous.bin",
        "report.html",
        "samples.npy",
        "summary.json",
        "weights.safetensors",
    ];
    expected.extend(PICTURES.iter().chain(&CHARTS));
    let names = QUICK.files.names();
    for name in expected {
        assert!(names.contains(&name), "no {name} in {names:?}");
    }
    let leftover = |name: &&&str| name.starts_with('.') || name.ends_with(".tmp");
    assert_eq!(names.iter().find(leftover), None);
}

/// Of training and of the pictures after it.
#[test]
fn tensorboard_gets_two_event_files() {
    let names = QUICK.files.names();
    let events: Vec<_> = names
        .iter()
        .filter(|n| n.starts_with("events.out.tfevents."))
        .collect();
    assert_eq!(events.len(), 2, "{names:?}");
    let holds = |tag: &str| {
        let within = |name: &&&&str| {
            QUICK
                .files
                .bytes(name)
                .windows(tag.len())
                .any(|w| w == tag.as_bytes())
        };
        events.iter().filter(within).count()
    };
    for tag in [
        "valid/elbo",
        "train/kl",
        "weights/encoder.body.weight",
        "reconstructions",
    ] {
        assert_eq!(holds(tag), 1, "{tag}");
    }
}

#[test]
fn the_configuration_has_every_option() {
    let config = QUICK.files.json("config.json");
    assert_eq!(config["experiment"], "mnist_vae");
    assert_eq!(config["version"], env!("CARGO_PKG_VERSION"));
    let expected = json!({
        "seed": 0,
        "epochs": 30,
        "batch_size": 128,
        "data_dir": null,
        "quick": true,
        "nll_samples": 100,
        "nll_images": null,
        "learning_rate": 1e-3,
    });
    assert_eq!(config["options"], expected);
}

#[test]
fn the_metrics_have_a_line_per_epoch() {
    let lines = QUICK.files.text("metrics.jsonl").lines();
    let epochs: Vec<Value> = lines.map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(epochs.len(), 2);
    for (i, epoch) in epochs.iter().enumerate() {
        // 4000 images in batches of 128.
        assert_eq!(
            (&epoch["epoch"], &epoch["step"]),
            (&json!(i + 1), &json!(32 * (i + 1)))
        );
        for term in ["loss", "reconstruction", "kl"] {
            assert!(epoch["train"][term].as_f64().unwrap() > 0.0, "{epoch:#}");
        }
        let estimate = |term: &str| {
            let estimate = &epoch["valid"][term];
            assert!(
                estimate["standard_error"].as_f64().unwrap() > 0.0,
                "{epoch:#}"
            );
            assert_eq!(estimate["count"], 500);
            estimate["mean"].as_f64().unwrap()
        };
        let difference = estimate("elbo") + estimate("reconstruction") + estimate("kl");
        assert!(difference.abs() < 1e-3, "{epoch:#}");
        for time in ["seconds", "images_per_second"] {
            assert!(epoch[time].as_f64().unwrap() > 0.0, "{epoch:#}");
        }
    }
    let elbo = |i: usize| epochs[i]["valid"]["elbo"]["mean"].as_f64().unwrap();
    assert!(elbo(1) > elbo(0), "the model does not learn");
}

#[test]
fn the_summary_has_every_figure() {
    let summary = QUICK.files.json("summary.json");
    let expected = json!({
        "experiment": "mnist_vae",
        "version": env!("CARGO_PKG_VERSION"),
        "seed": 0,
        "epochs": 2,
        "split": "test",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&summary[name], value, "{name}");
    }
    // Two layers of 784 × 400 weights, three of 400 × 20, and the biases.
    let parameters = 2 * 784 * 400 + 3 * 400 * 20 + 2 * 400 + 2 * 20 + 784;
    assert_eq!(summary["parameters"], parameters);
    assert!(summary["training_seconds"].as_f64().unwrap() > 0.0);
    for resource in [
        "wall_seconds",
        "evaluation_seconds",
        "images_per_second",
        "milliseconds_per_step",
    ] {
        assert!(
            summary["resources"][resource].as_f64().unwrap() > 0.0,
            "{resource}"
        );
    }
    // 60 000 images of 784 bytes are in memory.
    if let Some(peak) = summary["resources"]["peak_memory_bytes"].as_u64() {
        assert!((47_000_000..4_000_000_000).contains(&peak), "{peak}");
    }

    let value = |name: &str| {
        let figure = figure(name);
        assert_eq!(
            (&figure["unit"], &figure["examples"]),
            (&json!("nats"), &json!(1000))
        );
        let [value, error] = ["value", "standard_error"].map(|f| figure[f].as_f64().unwrap());
        assert!(
            value.is_finite() && error > 0.0 && error < 5.0,
            "{figure:#}"
        );
        (value, error)
    };
    let [elbo, reconstruction, kl, nll] = ["elbo", "reconstruction", "kl", "nll"].map(value);
    assert!((elbo.0 + reconstruction.0 + kl.0).abs() < 1e-3);
    assert!(kl.0 > 0.0);
    assert!(
        nll.0 < -elbo.0 + 4.0 * elbo.1.hypot(nll.1),
        "the bound is above the likelihood"
    );
    assert_eq!(figure("nll")["samples"], 100);

    let units = figure("active_units");
    assert!(
        (1.0..=20.0).contains(&units["value"].as_f64().unwrap()),
        "{units:#}"
    );
    assert_eq!(
        (&units["unit"], &units["examples"]),
        (&json!("of 20"), &json!(1000))
    );
}

#[test]
fn the_checkpoint_is_that_of_the_last_epoch() {
    let checkpoint = QUICK.files.checkpoint();
    assert_eq!((checkpoint.epoch, checkpoint.batch), (2, 0));
    assert_eq!(
        (checkpoint.optimizer.step, checkpoint.history.len()),
        (64, 2)
    );
    let sizes = |values: &[f32]| (values.len(), values.iter().all(|x| x.is_finite()));
    for (parameter, [m, v]) in checkpoint
        .parameters
        .iter()
        .zip(&checkpoint.optimizer.moments)
    {
        let expected = (parameter.shape.iter().product(), true);
        for values in [&parameter.values, m, v] {
            assert_eq!(sizes(values), expected, "{}", parameter.name);
        }
    }
}

#[test]
fn the_pictures_decode() {
    for name in PICTURES {
        let mut reader = png::Decoder::new(Cursor::new(QUICK.files.bytes(name)))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let size = reader.next_frame(&mut pixels).unwrap();
        assert!(size.width >= 200 && size.height >= 100, "{name}: {size:?}");
        let darkest = pixels[..size.buffer_size()].iter().min();
        let lightest = pixels[..size.buffer_size()].iter().max();
        assert_ne!(darkest, lightest, "{name} is empty");
    }
}

#[test]
fn the_charts_say_what_they_show() {
    for (name, text) in CHARTS.into_iter().zip([
        "Divergence of each dimension of the code",
        "Evidence lower bound",
        "first principal component",
        "Terms of the bound, on validation images",
    ]) {
        let chart = QUICK.files.text(name);
        assert!(
            chart.starts_with("<svg ") && chart.ends_with("</svg>\n"),
            "{name}"
        );
        assert!(chart.contains(&format!(">{text}</text>")), "{name}");
    }
}

#[test]
fn the_report_is_one_file_without_scripts() {
    let report = QUICK.files.text("report.html");
    for attribute in ["src=", "href="] {
        for (_, value) in report
            .match_indices(attribute)
            .map(|(at, _)| report[at..].split_at(attribute.len()))
        {
            assert!(
                value.starts_with("\"data:"),
                "{attribute}{}",
                &value[..value.len().min(80)]
            );
        }
    }
    for foreign in [
        "<script", "<link", "<iframe", "@import", "url(", "http:", "https:",
    ] {
        assert!(!report.contains(foreign), "{foreign}");
    }
    assert_eq!(
        report.matches("src=\"data:image/png;base64,").count(),
        PICTURES.len()
    );
    for content in [
        "mnist_vae",
        "Test ELBO",
        "Active units",
        "dimensions are used",
        "learning rate",
        "--quick",
    ] {
        assert!(report.contains(content), "no {content:?}");
    }
}

#[test]
fn the_program_says_where_it_all_is() {
    let said = &QUICK.outcome.stdout;
    assert!(said.contains("runs/mnist_vae/0"), "{said}");
    assert!(
        !said.contains('\x1b'),
        "escape codes without a terminal: {said:?}"
    );
    let epochs: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("epoch"))
        .collect();
    assert_eq!(epochs.len(), 2, "{said}");
    for (i, line) in epochs.into_iter().enumerate() {
        assert!(line.contains(&format!("{}/2", i + 1)), "{line}");
    }
    let elbo = figure("elbo")["value"].as_f64().unwrap();
    let shown = format!("−{:.2} ± ", -elbo);
    assert!(said.contains(&shown), "no {shown:?} in {said}");
}

#[test]
fn a_reader_that_goes_away_is_no_reason_to_stop() {
    let folder = Folder::new();
    let mut child = folder
        .program(SHORT)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    folder.files().json("summary.json");
}

#[test]
fn other_programs_get_weights_codes_and_samples() {
    let parse = |name: &str| Npy::<f32>::parse(name, QUICK.files.bytes(name)).unwrap();
    let (latents, samples) = (parse("latents.npy"), parse("samples.npy"));
    assert_eq!(
        (&latents.dims[..], &samples.dims[..]),
        (&[1000, 20][..], &[100, 784][..])
    );
    assert!(samples.values.iter().all(|x| (0.0..=1.0).contains(x)));

    let nll = parse("nll.npy");
    assert_eq!(nll.dims, [1000]);
    let mean = nll.values.iter().copied().map(f64::from).sum::<f64>() / 1000.0;
    assert!((mean - figure("nll")["value"].as_f64().unwrap()).abs() < 1e-4);
    let few = ONE_EPOCH.files.bytes("nll.npy");
    let few = Npy::<f32>::parse("nll.npy", few).unwrap().values;
    let measured = few.iter().filter(|nll| nll.is_finite()).count();
    assert_eq!((few.len(), measured), (1000, 10));

    // A length, a header in JSON, and four bytes for every number of the model.
    let weights = QUICK.files.bytes("weights.safetensors");
    let (length, rest) = weights.split_first_chunk().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let header: Value = serde_json::from_slice(header).unwrap();
    for parameter in QUICK.files.checkpoint().parameters {
        let entry = &header[&parameter.name];
        assert_eq!(entry["shape"], json!(parameter.shape));
        let [start, end] = [0, 1].map(|i| entry["data_offsets"][i].as_u64().unwrap() as usize);
        let bytes: Vec<u8> = parameter
            .values
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        assert!(data[start..end] == bytes, "{}", parameter.name);
    }
}
