use crate::{Event, EventBatch, ImageEvent, Layer, Rows, Width};
use dfdx::prelude::{Axes4, Cpu, Device, Dim, Dtype, HasShape, ModuleVisitor, PermuteTo};
use dfdx::prelude::{ReshapeTo, Tensor, TensorCollection};
use std::marker::PhantomData;
use vae_ops::{Message, Real, Record};

/// A head that gives M numbers for each of N elements, (B, N, M): a [`MatrixHead`](crate::MatrixHead) from a row of features,
/// a [`ChannelHead`] from an image of them.
pub trait ElementHead<E: Real> {
    /// What it takes.
    type Input: Event;
    /// N
    type Elements: Width;
    /// M
    type Numbers: Width;

    /// (B, …) → (B, N, M).
    fn forward<T: Record<E>>(
        &self,
        features: EventBatch<Self::Input, E, T>,
    ) -> Tensor<(usize, Self::Elements, Self::Numbers), E, Cpu, T>;

    /// Adds the rows of its layers to a [`Summary`](crate::Summary).
    fn summarize(&self, path: &str, rows: &mut Rows);
}

/// M numbers for each of the N = C·H·W elements of an image, from a layer that gives images of C·M channels: number m of an
/// element of channel c is in channel c M + m, at the element's place.
///
/// ```
/// use dfdx::prelude::{BuildModule, Const, Cpu};
/// use vae_architectures::*;
///
/// type Z = Const<8>;
/// type X = Const<192>; // 3 channels of 8 × 8
/// type Body = (Linear<Z, Const<256>>, Reshape<Const<256>, Image<4, 8, 8>>);
/// type Head = ChannelHead<Conv2d<Image<4, 8, 8>, Image<768, 8, 8>, 1, 1, 0>, X, Const<256>>;
/// type Decoder = ConditionalPixelCategorical<Body, Head>; // 256 logits for each of the 192
/// let decoder: Decoder = BuildModule::build(&Cpu::seed_from_u64(0));
/// ```
///
/// A number of channels that does not fit does not compile; the message is "an image of 3072 numbers has not 256 for each of
/// 192 elements":
///
/// ```compile_fail,E0080
/// # use dfdx::prelude::{BuildModule, Const, Cpu, TensorFromVec};
/// # use vae_architectures::*;
/// type Features = Image<4, 8, 8>;
/// type Head = ChannelHead<Conv2d<Features, Image<48, 8, 8>, 1, 1, 0>, Const<192>, Const<256>>;
/// # type Body = Reshape<Const<256>, Features>;
/// # let decoder: ConditionalPixelCategorical<Body, Head> = BuildModule::build(&Cpu::default());
/// decoder.decode(Cpu::default().tensor_from_vec(vec![0.0; 256], (1, Const)));
/// ```
#[derive(Clone, Debug)]
pub struct ChannelHead<Net, X, M> {
    /// To C·M channels.
    pub net: Net,
    sizes: PhantomData<(X, M)>,
}

impl<Net, X, M, E> ElementHead<E> for ChannelHead<Net, X, M>
where
    Net: Layer<E, Output: ImageEvent>,
    X: Width,
    M: Width,
    E: Real,
{
    type Input = Net::Input;
    type Elements = X;
    type Numbers = M;

    fn forward<T: Record<E>>(
        &self,
        features: EventBatch<Self::Input, E, T>,
    ) -> Tensor<(usize, X, M), E, Cpu, T> {
        const { assert_fits(<Net::Output as Event>::NUMEL, X::NUMEL, M::NUMEL) };
        let image = self.net.forward(features).contiguous();
        let (batch, channels, height, width) = *image.shape();
        let (of_each, places) = (M::default().size(), height.size() * width.size());
        image
            .reshape_like(&(batch, channels.size() / of_each, of_each, places))
            .permute::<(usize, usize, usize, usize), Axes4<0, 1, 3, 2>>()
            .contiguous()
            .reshape_like(&(batch, X::default(), M::default()))
    }

    fn summarize(&self, path: &str, rows: &mut Rows) {
        self.net.summarize(path, rows);
    }
}

const fn assert_fits(all: usize, elements: usize, of_each: usize) {
    if all != elements * of_each {
        Message::new("an image of ")
            .number(all)
            .text(" numbers has not ")
            .number(of_each)
            .text(" for each of ")
            .number(elements)
            .text(" elements")
            .panic();
    }
}

impl<Net, X: Width, M: Width, E: Dtype, D: Device<E>> TensorCollection<E, D>
    for ChannelHead<Net, X, M>
where
    Net: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> = ChannelHead<Net::To<E2, D2>, X, M>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(Self::module("net", |s| &s.net, |s| &mut s.net), |net| {
            ChannelHead {
                net,
                sizes: PhantomData,
            }
        })
    }
}
