//! The decoder takes another code than the encoder gives.

//~ the following trait bounds were not satisfied
//~ as vae::prelude::Decoder<f32>>::Latent = vae::prelude::Const<20>`
//~ vae::prelude::Const<32>
use vae::prelude::*;

type Encoder = GaussianEncoder<Mlp<Const<784>, Const<400>>, Const<20>>;
type Decoder = BernoulliDecoder<Mlp<Const<32>, Const<400>>, Const<784>>;
type Model = Vae<Encoder, Decoder, StandardNormal<Const<20>>>;

fn main() {
    Model::build(&Cpu::default()).sample(1, Noise::new(0, "prior"));
}
