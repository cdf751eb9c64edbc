package org.isonorm.network.kernel.vector;

/**
 * Winograd's minimal filtering with three taps (Winograd 1980; Lavin and Gray 2016): with d inputs
 * in a row, g the taps and y the outputs,
 *
 * <pre>
 * y  = Aᵀ [(G g) ⊙ (Bᵀ d)]
 * dg = Gᵀ [(A dy) ⊙ (Bᵀ d)]
 * </pre>
 *
 * the second being the derivative of the first. In two dimensions each map is applied to columns
 * and rows, and a tile of outputs takes as many products as it has inputs.
 */
enum WinogradTile {
  /** F(2×2, 3×3): 16 products for 4 outputs, of which a direct convolution takes 36. */
  TWO(
      2,
      new WinogradMapsOfTwo.Input(),
      new WinogradMapsOfTwo.KernelTaps(),
      new WinogradMapsOfTwo.Output(),
      new WinogradMapsOfTwo.OutputGradient(),
      new WinogradMapsOfTwo.KernelGradient()),

  /** F(4×4, 3×3): 36 products for 16 outputs, of which a direct convolution takes 144. */
  FOUR(
      4,
      new WinogradMapsOfFour.Input(),
      new WinogradMapsOfFour.KernelTaps(),
      new WinogradMapsOfFour.Output(),
      new WinogradMapsOfFour.OutputGradient(),
      new WinogradMapsOfFour.KernelGradient());

  private final int outputs;
  private final WinogradTransform input;
  private final WinogradTransform kernel;
  private final WinogradTransform output;
  private final WinogradTransform outputGradient;
  private final WinogradTransform kernelGradient;

  WinogradTile(
      int outputs,
      WinogradTransform input,
      WinogradTransform kernel,
      WinogradTransform output,
      WinogradTransform outputGradient,
      WinogradTransform kernelGradient) {
    this.outputs = outputs;
    this.input = input;
    this.kernel = kernel;
    this.output = output;
    this.outputGradient = outputGradient;
    this.kernelGradient = kernelGradient;
  }

  /** For images of so many pixels a side: larger tiles would mostly lie outside of the smallest. */
  static WinogradTile of(int height, int width) {
    return Math.max(height, width) <= TWO.outputs ? TWO : FOUR;
  }

  /** Outputs on a side. */
  int outputs() {
    return outputs;
  }

  /** Inputs on a side, and products. */
  int inputs() {
    return outputs + 2;
  }

  /** Products of a tile for each pair of channels. */
  int products() {
    return inputs() * inputs();
  }

  /** Bᵀ. */
  WinogradTransform input() {
    return input;
  }

  /** G. */
  WinogradTransform kernel() {
    return kernel;
  }

  /** Aᵀ. */
  WinogradTransform output() {
    return output;
  }

  /** A. */
  WinogradTransform outputGradient() {
    return outputGradient;
  }

  /** Gᵀ. */
  WinogradTransform kernelGradient() {
    return kernelGradient;
  }
}
