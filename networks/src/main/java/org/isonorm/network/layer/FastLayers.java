package org.isonorm.network.layer;

import java.util.Arrays;
import java.util.Locale;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.isonorm.network.kernel.Tensors;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What the fast layers share. */
final class FastLayers {

  private FastLayers() {}

  /** Refuses what the kernels do not do, rather than leave it out silently. */
  static void requireSupported(Layer conf, DataType dataType) {
    requireFloat(conf.getLayerName(), dataType);
    boolean noise = conf instanceof BaseLayer base && base.getWeightNoise() != null;
    if (conf.getIDropout() != null || noise) {
      throw new UnsupportedOperationException(
          String.format(
              Locale.ROOT,
              "Unsupported dropout or weight noise in layer %s (add a DropoutLayer before it instead)",
              conf.getLayerName()));
    }
  }

  static void requireFloat(String name, DataType dataType) {
    if (dataType != DataType.FLOAT) {
      throw new UnsupportedOperationException(
          String.format(
              Locale.ROOT,
              "Unsupported data type %s in layer %s (the fast layers compute in FLOAT)",
              dataType,
              name));
    }
  }

  /** The array itself where a kernel can read it as it lies, else a copy. */
  static INDArray contiguous(INDArray array, ArrayType type, LayerWorkspaceMgr workspaces) {
    return Tensors.isContiguous(array) ? array : workspaces.dup(type, array, 'c');
  }

  static void requireImages(INDArray input, long channels, String name) {
    if (input.rank() != 4 || input.size(3) != channels) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid input of layer %s: shape %s (must be [batch, height, width, %s])",
              name,
              Arrays.toString(input.shape()),
              channels));
    }
  }
}
