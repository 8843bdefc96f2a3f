//! Fits a flow to each of four densities in the plane, prints how close it comes, and draws a PNG file: points above, what the
//! flow makes of them below.
//!
//! `cargo run --release -p vae-flows --example densities [FILE]`

#[path = "../tests/toys/mod.rs"]
mod toys;

use dfdx::prelude::{Const, Cpu, TensorFromVec};
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use toys::fit::{Z, cross_entropy, fit, log_prob};
use toys::{CHECKERBOARD, MOONS, PINWHEEL, RINGS, Toy};
use vae_flows::{Chain, NeuralSpline, Reverse};
use vae_ops::as_slice;
use vae_reparam::Noise;

type Splines = Chain<(NeuralSpline<Z, Const<64>>, Reverse<Z>), 6>;

/// Pixels along the side of a panel, and between panels.
const SIDE: usize = 200;
const GAP: usize = 10;
/// A panel shows [−REACH, REACH]².
const REACH: f64 = 2.5;
/// Pixels along the side of a bin of the histogram.
const BIN: usize = 2;

fn main() -> ExitCode {
    match densities(std::env::args_os().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn densities(arguments: Vec<OsString>) -> Result<(), String> {
    let path = match &arguments[..] {
        [] => PathBuf::from("densities.png"),
        [file] if !file.to_string_lossy().starts_with('-') => file.into(),
        _ => return Err("the one argument is the file to write, [FILE]".into()),
    };
    // Before the fits, which take a while; a picture that is there stays until the new one is done.
    let opened = OpenOptions::new().append(true).create(true).open(&path);
    opened.map_err(|reason| cannot_write(&path, &reason))?;

    let toys = [CHECKERBOARD, RINGS, MOONS, PINWHEEL];
    let columns = toys.map(|toy| {
        let flow: Splines = fit(toy, 4000);
        let (entropy, [cross_entropy, error]) = (toy.entropy(), cross_entropy(&flow, toy));
        println!(
            "{:<12}  entropy {entropy:.3}  cross entropy {cross_entropy:.3} ± {error:.3}  excess {:.3}",
            toy.name,
            cross_entropy - entropy
        );
        // What is noise in the one panel and error in the other goes above the truth.
        let top = 1.15 * pixels().map(toy.density).fold(0.0, f64::max);
        [histogram(toy), fitted(&flow)].map(|panel| shades(&panel, top))
    });
    fs::write(&path, png(&columns)).map_err(|reason| cannot_write(&path, &reason))
}

fn cannot_write(path: &Path, reason: &std::io::Error) -> String {
    format!("cannot write {}: {reason}", path.display())
}

/// The middles of a panel's pixels, row by row from the top.
fn pixels() -> impl Iterator<Item = [f64; 2]> {
    let place = |i: usize| REACH * ((2 * i + 1) as f64 / SIDE as f64 - 1.0);
    (0..SIDE).flat_map(move |row| (0..SIDE).map(move |column| [place(column), -place(row)]))
}

/// How densely points lie, pixel by pixel.
fn histogram(toy: Toy) -> Vec<f64> {
    let (count, bins) = (1_000_000, SIDE / BIN);
    let width = 2.0 * REACH / bins as f64;
    let mut densities = vec![0.0; SIDE * SIDE];
    for [x, y] in toy.points(count, Noise::new(0, "histogram")) {
        let [column, row] = [x, -y].map(|x| ((x + REACH) / width).floor());
        let within = 0.0..bins as f64;
        if within.contains(&column) && within.contains(&row) {
            let (column, row) = (BIN * column as usize, BIN * row as usize);
            for pixels in densities[row * SIDE..].chunks_mut(SIDE).take(BIN) {
                let bin = &mut pixels[column..column + BIN];
                bin.iter_mut()
                    .for_each(|p| *p += 1.0 / (count as f64 * width * width));
            }
        }
    }
    densities
}

/// The density of the flow, pixel by pixel.
fn fitted(flow: &Splines) -> Vec<f64> {
    let places = pixels().flatten().map(|x| x as f32).collect();
    let places = Cpu::default().tensor_from_vec(places, (SIDE * SIDE, Const));
    let log_probs = log_prob(flow, &places);
    as_slice(&log_probs)
        .iter()
        .map(|l| f64::from(*l).exp())
        .collect()
}

/// Places in the colour map, the last for `top` and all above.
fn shades(densities: &[f64], top: f64) -> Vec<u8> {
    let shade = |p: &f64| (f64::from(WHITE - 1) * (p / top).min(1.0)).round() as u8;
    densities.iter().map(shade).collect()
}

/// Equal steps of magma (Smith & van der Walt 2015), whose lightness grows evenly.
const ANCHORS: [[u8; 3]; 12] = [
    [0, 0, 4],
    [18, 13, 50],
    [51, 16, 104],
    [90, 22, 126],
    [125, 36, 130],
    [163, 48, 126],
    [200, 62, 115],
    [233, 85, 98],
    [249, 124, 93],
    [254, 168, 115],
    [254, 211, 149],
    [252, 253, 191],
];
/// Behind the colours of the map.
const WHITE: u8 = 255;

/// The colours between the anchors, and white.
fn palette() -> Vec<u8> {
    let colour = |shade: u8| {
        let place = f64::from(shade) / f64::from(WHITE - 1) * (ANCHORS.len() - 1) as f64;
        let i = (place as usize).min(ANCHORS.len() - 2);
        let part = place - i as f64;
        let mix = |c: usize| {
            (1.0 - part) * f64::from(ANCHORS[i][c]) + part * f64::from(ANCHORS[i + 1][c])
        };
        [0, 1, 2].map(|c| mix(c).round() as u8)
    };
    (0..WHITE).flat_map(colour).chain([255; 3]).collect()
}

/// Columns of panels with white gaps between them.
fn png(columns: &[[Vec<u8>; 2]]) -> Vec<u8> {
    let [width, height] = [columns.len(), 2].map(|panels| panels * (SIDE + GAP) - GAP);
    let mut picture = vec![WHITE; width * height];
    for (i, column) in columns.iter().enumerate() {
        for (j, panel) in column.iter().enumerate() {
            let [left, top] = [i, j].map(|place| place * (SIDE + GAP));
            let rows = picture.chunks_mut(width).skip(top);
            for (row, shades) in rows.zip(panel.chunks(SIDE)) {
                row[left..left + SIDE].copy_from_slice(shades);
            }
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(palette());
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().expect("a picture has pixels");
    writer
        .write_image_data(&picture)
        .expect("a shade for each pixel");
    writer.finish().expect("writing to memory cannot fail");
    bytes
}
