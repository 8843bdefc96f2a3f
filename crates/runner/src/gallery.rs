use crate::chart::scatter;
use crate::picture::{Picture, Strips, grid};
use crate::{Fixed, Run};
use dfdx::prelude::{Cpu, TensorFromVec};
use vae_architectures::LatentModel;
use vae_data::{Batches, Images};
use vae_losses::Examples;
use vae_metrics::principal_components;
use vae_ops::{Batch, as_slice};

/// The pictures of a trained model of images: file name, caption, picture.
pub(crate) struct Gallery(pub Vec<(&'static str, String, Picture)>);

impl Gallery {
    /// `test` are the images as they came, `data` as the model reads them, `means` their latent means.
    pub fn draw<M: LatentModel<f32>>(
        run: &Run,
        model: &M,
        test: &Images,
        data: &Fixed,
        means: &[f32],
    ) -> Self {
        let [height, width] = [test.height(), test.width()];
        let noise = run.noise("pictures");
        let order = Batches::shuffled(test.len(), std::num::NonZeroUsize::MIN, &mut noise.rng());
        let rows: Vec<usize> = order.iter().flatten().copied().collect();
        let batch = |rows: &[usize]| -> Batch<M::Input> {
            Cpu::default().tensor_from_vec(data.load(rows, noise), (rows.len(), Default::default()))
        };

        let shown = &rows[..rows.len().min(24)];
        let mut originals = Vec::new();
        test.intensities(shown, &mut originals);
        let reconstructions = model.reconstruct(batch(shown));
        let stacks = [
            ("data", &originals[..]),
            ("reconstruction", as_slice(&reconstructions)),
        ];
        let reconstructions = Strips::comparison(height, width, 12, 4, &stacks).to_picture();

        let samples = model.sample(100, noise);
        let samples = grid(as_slice(&samples), height, width, 10, 3);

        let steps = 11;
        let (from, to): (Vec<usize>, Vec<usize>) =
            pairs(&rows, test.labels(), 6).into_iter().unzip();
        let between = model.interpolate(batch(&from), batch(&to), steps);
        let label = |row: usize| {
            test.labels()
                .map_or(String::new(), |labels| labels[row].to_string())
        };
        let names: Vec<String> = from
            .iter()
            .zip(&to)
            .map(|(a, b)| format!("{} → {}", label(*a), label(*b)))
            .collect();
        let strips: Vec<Vec<f32>> = as_slice(&between)
            .chunks(steps * height * width)
            .zip(from.iter().zip(&to))
            .map(|(images, (from, to))| {
                // The real images stand at the ends.
                let mut strip = Vec::new();
                test.intensities(&[*from], &mut strip);
                strip.extend(images);
                let mut last = Vec::new();
                test.intensities(&[*to], &mut last);
                strip.extend(last);
                strip
            })
            .collect();
        let lines: Vec<(&str, &[f32])> = names
            .iter()
            .zip(&strips)
            .map(|(name, strip)| (name.as_str(), strip.as_slice()))
            .collect();
        let interpolations = Strips::interpolations(height, width, 3, &lines).to_picture();

        let latent_width = means.len() / test.len();
        let points: Vec<(f32, f32)> = principal_components(means, latent_width)
            .into_iter()
            .map(|(x, y)| (x as f32, y as f32))
            .collect();
        let latent = scatter(
            "Latent means of the test images",
            "first principal component",
            "second principal component",
            &points,
            test.labels().unwrap_or(&[]),
        );

        Self(vec![
            (
                "reconstructions.png",
                "Test images, and below each the decoder's mean at the mean of its code.".into(),
                reconstructions,
            ),
            ("samples.png", "The decoder's means for 100 draws from the prior.".into(), samples),
            (
                "interpolations.png",
                "From one test image to another: the decoder's means along the straight line between their codes. \
                 The real images stand apart at both ends."
                    .into(),
                interpolations,
            ),
            (
                "latent.png",
                format!(
                    "Posterior means of the {} test images on their first two principal components, out of \
                     {latent_width} dimensions, coloured by class.",
                    test.len()
                ),
                latent,
            ),
        ])
    }
}

/// Pairs of images of different classes, where there are any.
fn pairs(rows: &[usize], labels: Option<&[u8]>, count: usize) -> Vec<(usize, usize)> {
    let differ = |a: usize, b: usize| labels.is_none_or(|labels| labels[a] != labels[b]);
    let couples = rows.as_chunks::<2>().0.iter().map(|[a, b]| (*a, *b));
    couples
        .filter(|(a, b)| differ(*a, *b))
        .take(count)
        .collect()
}
