//! The passes that lay images out for a matrix product, and back.

use crate::Real;

/// Copies what a `K` × `K` window with stride `S` sees at each of its places into a row of `patches`, (places, C·K²).
/// `image` is (C, height, width) and has its border.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
pub(super) fn gather<E: Real, const K: usize, const S: usize>(
    patches: &mut [E],
    image: &[E],
    [height, width]: [usize; 2],
    places_per_row: usize,
) {
    let patch = image.len() / (height * width) * K * K;
    for (place, patch) in patches.chunks_exact_mut(patch.max(1)).enumerate() {
        let corner = place / places_per_row * S * width + place % places_per_row * S;
        let (lines, _) = patch.as_chunks_mut::<K>();
        for (lines, plane) in lines
            .chunks_exact_mut(K)
            .zip(image.chunks_exact(height * width))
        {
            let seen = &plane[corner..][..(K - 1) * width + K];
            for (row, line) in lines.iter_mut().enumerate() {
                line.copy_from_slice(&seen[row * width..][..K]);
            }
        }
    }
}

/// The adjoint of [`gather`]: adds every patch to the pixels that it was seen at.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
pub(super) fn scatter<E: Real, const K: usize, const S: usize>(
    image: &mut [E],
    patches: &[E],
    [height, width]: [usize; 2],
    places_per_row: usize,
) {
    let patch = image.len() / (height * width) * K * K;
    for (place, patch) in patches.chunks_exact(patch.max(1)).enumerate() {
        let corner = place / places_per_row * S * width + place % places_per_row * S;
        let (lines, _) = patch.as_chunks::<K>();
        for (lines, plane) in lines
            .chunks_exact(K)
            .zip(image.chunks_exact_mut(height * width))
        {
            let seen = &mut plane[corner..][..(K - 1) * width + K];
            for (row, line) in lines.iter().enumerate() {
                let pixels = &mut seen[row * width..][..K];
                pixels.iter_mut().zip(line).for_each(|(p, l)| *p += *l);
            }
        }
    }
}

/// Copies `image`, rows of `width`, into the middle of `padded`, which has `padding` more on each side.
pub(super) fn add_border<E: Real>(
    padded: &mut [E],
    image: &[E],
    [height, width]: [usize; 2],
    padding: usize,
) {
    let plane = (height + 2 * padding) * (width + 2 * padding);
    for (padded, image) in padded
        .chunks_exact_mut(plane)
        .zip(image.chunks_exact(height * width))
    {
        for (padded, row) in padded
            .chunks_exact_mut(width + 2 * padding)
            .skip(padding)
            .zip(image.chunks_exact(width))
        {
            padded[padding..][..width].copy_from_slice(row);
        }
    }
}

/// The adjoint of [`add_border`]: adds the middle of `padded` to `image`.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
pub(super) fn add_without_border<E: Real>(
    image: &mut [E],
    padded: &[E],
    [height, width]: [usize; 2],
    padding: usize,
) {
    let plane = (height + 2 * padding) * (width + 2 * padding);
    for (padded, image) in padded
        .chunks_exact(plane)
        .zip(image.chunks_exact_mut(height * width))
    {
        for (padded, row) in padded
            .chunks_exact(width + 2 * padding)
            .skip(padding)
            .zip(image.chunks_exact_mut(width))
        {
            let middle = &padded[padding..][..width];
            row.iter_mut().zip(middle).for_each(|(p, m)| *p += *m);
        }
    }
}

/// Puts xᵀ into `out`, for x (rows, columns), with `put(&mut out, x, row of out)`.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
pub(super) fn transpose<E: Real>(
    out: &mut [E],
    x: &[E],
    [rows, columns]: [usize; 2],
    put: &impl Fn(&mut E, E, usize),
) {
    // Tiles whose sizes the compiler knows are turned over in registers; a strided loop would gather one by one.
    const TILE: usize = 8;
    let (whole_rows, whole_columns) = (rows / TILE * TILE, columns / TILE * TILE);
    for top in (0..whole_rows).step_by(TILE) {
        for left in (0..whole_columns).step_by(TILE) {
            let mut tile = [[E::zero(); TILE]; TILE];
            for (row, line) in tile.iter_mut().enumerate() {
                line.copy_from_slice(&x[(top + row) * columns + left..][..TILE]);
            }
            for column in 0..TILE {
                let out = &mut out[(left + column) * rows + top..][..TILE];
                for (row, out) in out.iter_mut().enumerate() {
                    put(out, tile[row][column], left + column);
                }
            }
        }
    }
    let mut one = |row: usize, column: usize| {
        put(
            &mut out[column * rows + row],
            x[row * columns + column],
            column,
        );
    };
    for row in 0..rows {
        let rest = if row < whole_rows { whole_columns } else { 0 };
        (rest..columns).for_each(|column| one(row, column));
    }
}
