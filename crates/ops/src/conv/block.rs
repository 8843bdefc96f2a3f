use super::patches::{add_border, add_without_border, gather, scatter, transpose};
use super::window::{check_groups, check_places};
use crate::matmul::{Matrix, add_product, set_product};
use crate::{Activation, Real};
use std::ops::Range;

/// The sizes of a convolution of *images* (C, H, W) to *maps* (O, H′, W′), or of its adjoint, the transposed convolution
/// of maps to images. Both have a weight (O, C/G, K, K).
#[derive(Clone, Copy)]
pub(super) struct Geometry<const K: usize, const S: usize, const P: usize, const G: usize> {
    pub(super) batch: usize,
    pub(super) images: [usize; 3],
    pub(super) maps: [usize; 3],
}

/// One group of channels of a few images.
pub(super) struct Part {
    images: Range<usize>,
    group: usize,
}

/// Buffers for one [`Part`], as two matrices with a row for each place of the window: the *patches* of the images,
/// (places, C/G·K²), and the *pixels* of the maps, (places, O/G).
///
/// With the filters of the group, (O/G, C/G·K²), as third, all that is left of a convolution are products of matrices
/// with contiguous rows:
/// - convolution: pixels = patches · filtersᵀ,
/// - transposed convolution, and the gradient of images: patches = pixels · filters,
/// - the gradient of the filters: pixelsᵀ · patches.
///
/// Patches lie row by row since then K pixels are copied at once, whatever the stride.
pub(super) struct Block<E, const K: usize, const S: usize, const P: usize, const G: usize> {
    sizes: Geometry<K, S, P, G>,
    patches: Vec<E>,
    pixels: Vec<E>,
    /// One group of one image with its border.
    padded: Vec<E>,
}

impl<const K: usize, const S: usize, const P: usize, const G: usize> Geometry<K, S, P, G> {
    /// Elements of a block of patches, such that it stays in the second-level cache.
    const BLOCK: usize = 1 << 17;

    /// Panics unless the sizes fit each other.
    pub(super) fn check(self, [filters, channels]: [usize; 2]) -> Self {
        let ([c, h, w], [o, h_maps, w_maps]) = (self.images, self.maps);
        check_places(h, h_maps, [K, S, P]);
        check_places(w, w_maps, [K, S, P]);
        check_groups(c, channels, G);
        check_groups(o, o / G, G);
        assert_eq!(filters, o, "a weight has one filter for each map");
        self
    }

    pub(super) fn block<E: Real>(self) -> Block<E, K, S, P, G> {
        let rows = self.images_of_block() * self.places();
        let padded = self.channels() * self.bordered().iter().product::<usize>();
        Block {
            patches: vec![E::zero(); rows * self.patch()],
            pixels: vec![E::zero(); rows * self.filters()],
            padded: vec![E::zero(); if P > 0 { padded } else { 0 }],
            sizes: self,
        }
    }

    /// Every group of every block of images.
    pub(super) fn parts(self) -> impl Iterator<Item = Part> {
        let step = self.images_of_block();
        (0..self.batch).step_by(step).flat_map(move |start| {
            let images = start..(start + step).min(self.batch);
            (0..G).map(move |group| Part {
                images: images.clone(),
                group,
            })
        })
    }

    /// The filters of each group as columns, (C/G·K², O/G). As the narrow side of a product they are then read in order,
    /// and the patches in the order in which they lie: nothing big is repacked.
    pub(super) fn turn<E: Real>(&self, weight: &[E]) -> Vec<E> {
        let mut turned = vec![E::zero(); weight.len()];
        let len = (self.filters() * self.patch()).max(1);
        for (turned, filters) in turned.chunks_exact_mut(len).zip(weight.chunks_exact(len)) {
            let sizes = [self.filters(), self.patch()];
            transpose(turned, filters, sizes, &|t, w, _| *t = w);
        }
        turned
    }

    /// `weight` += the filters of `turned`, turned back.
    pub(super) fn add_turned<E: Real>(&self, weight: &mut [E], turned: &[E]) {
        let len = (self.filters() * self.patch()).max(1);
        for (filters, turned) in weight.chunks_exact_mut(len).zip(turned.chunks_exact(len)) {
            let sizes = [self.patch(), self.filters()];
            transpose(filters, turned, sizes, &|w, t, _| *w += t);
        }
    }

    fn images_of_block(&self) -> usize {
        (Self::BLOCK / (self.places() * self.patch()).max(1)).clamp(1, self.batch.max(1))
    }

    /// H′W′.
    pub(super) fn places(&self) -> usize {
        self.maps[1] * self.maps[2]
    }

    /// C/G.
    fn channels(&self) -> usize {
        self.images[0] / G
    }

    /// O/G.
    fn filters(&self) -> usize {
        self.maps[0] / G
    }

    /// C/G·K².
    fn patch(&self) -> usize {
        self.channels() * K * K
    }

    /// Height and width of an image with its border.
    fn bordered(&self) -> [usize; 2] {
        [self.images[1] + 2 * P, self.images[2] + 2 * P]
    }
}

impl Part {
    /// Where the channels of the part lie, image after image, in a batch of images or maps of size `all`.
    fn spans(&self, all: [usize; 3], groups: usize) -> impl Iterator<Item = Range<usize>> {
        let (len, group) = (all[0] / groups * all[1] * all[2], self.group);
        self.images.clone().map(move |image| {
            let start = (image * groups + group) * len;
            start..start + len
        })
    }
}

impl<E: Real, const K: usize, const S: usize, const P: usize, const G: usize> Block<E, K, S, P, G> {
    /// patches ← what the window sees of `images`.
    pub(super) fn load_images(&mut self, part: &Part, images: &[E]) {
        let Geometry {
            images: all, maps, ..
        } = self.sizes;
        let len = self.sizes.places() * self.sizes.patch();
        let spans = part.spans(all, G);
        for (patches, span) in self.patches.chunks_exact_mut(len.max(1)).zip(spans) {
            let image = if P > 0 {
                add_border(&mut self.padded, &images[span], [all[1], all[2]], P);
                &self.padded[..]
            } else {
                &images[span]
            };
            gather::<E, K, S>(patches, image, self.sizes.bordered(), maps[2]);
        }
    }

    /// `images` += patches, each at its place.
    pub(super) fn add_to_images(&mut self, part: &Part, images: &mut [E]) {
        let Geometry {
            images: all, maps, ..
        } = self.sizes;
        let len = self.sizes.places() * self.sizes.patch();
        let (bordered, spans) = (self.sizes.bordered(), part.spans(all, G));
        for (patches, span) in self.patches.chunks_exact(len.max(1)).zip(spans) {
            if P > 0 {
                self.padded.fill(E::zero());
                scatter::<E, K, S>(&mut self.padded, patches, bordered, maps[2]);
                add_without_border(&mut images[span], &self.padded, [all[1], all[2]], P);
            } else {
                scatter::<E, K, S>(&mut images[span], patches, bordered, maps[2]);
            }
        }
        // The border is zero whenever an image is loaded.
        self.padded.fill(E::zero());
    }

    /// pixels ← `maps`.
    pub(super) fn load_maps(&mut self, part: &Part, maps: &[E]) {
        let (filters, places) = (self.sizes.filters(), self.sizes.places());
        let blocks = self.pixels.chunks_exact_mut((filters * places).max(1));
        for (pixels, span) in blocks.zip(part.spans(self.sizes.maps, G)) {
            transpose(pixels, &maps[span], [filters, places], &|p, m, _| *p = m);
        }
    }

    /// `maps` += pixels.
    pub(super) fn add_to_maps(&self, part: &Part, maps: &mut [E]) {
        self.put_to_maps(part, maps, &|m, p, _| *m += p);
    }

    /// `maps` ← f(pixels + bias).
    pub(super) fn store_maps<F: Activation>(&self, part: &Part, maps: &mut [E], bias: &[E]) {
        let filters = self.sizes.filters();
        let bias = &bias[part.group * filters..][..filters];
        self.put_to_maps(part, maps, &|m, p, filter| *m = F::value(p + bias[filter]));
    }

    fn put_to_maps(&self, part: &Part, maps: &mut [E], put: &impl Fn(&mut E, E, usize)) {
        let (filters, places) = (self.sizes.filters(), self.sizes.places());
        let blocks = self.pixels.chunks_exact((filters * places).max(1));
        for (pixels, span) in blocks.zip(part.spans(self.sizes.maps, G)) {
            transpose(&mut maps[span], pixels, [places, filters], put);
        }
    }

    /// pixels ← patches · filtersᵀ, given the [turned](Geometry::turn) weight.
    pub(super) fn convolve(&mut self, part: &Part, turned: &[E]) {
        let (rows, patch, filters) = self.matrix_sizes(part);
        let turned = &turned[part.group * filters * patch..][..filters * patch];
        set_product(
            &mut self.pixels[..rows * filters],
            Matrix::new(&self.patches[..rows * patch], rows, patch),
            Matrix::new(turned, patch, filters),
        );
    }

    /// patches ← pixels · filters.
    pub(super) fn convolve_transposed(&mut self, part: &Part, weight: &[E]) {
        let (rows, patch, filters) = self.matrix_sizes(part);
        let weight = &weight[part.group * filters * patch..][..filters * patch];
        set_product(
            &mut self.patches[..rows * patch],
            Matrix::new(&self.pixels[..rows * filters], rows, filters),
            Matrix::new(weight, filters, patch),
        );
    }

    /// `turned` += patchesᵀ · pixels, the gradient of the [turned](Geometry::turn) weight.
    pub(super) fn add_to_weight(&self, part: &Part, turned: &mut [E]) {
        let (rows, patch, filters) = self.matrix_sizes(part);
        add_product(
            &mut turned[part.group * filters * patch..][..filters * patch],
            Matrix::new(&self.patches[..rows * patch], rows, patch).transposed(),
            Matrix::new(&self.pixels[..rows * filters], rows, filters),
        );
    }

    /// Rows of both matrices, and the columns of patches and of pixels.
    fn matrix_sizes(&self, part: &Part) -> (usize, usize, usize) {
        let rows = part.images.len() * self.sizes.places();
        (rows, self.sizes.patch(), self.sizes.filters())
    }
}
