/**
 * Trained networks as other systems read them: ONNX graphs, and weights under the names that
 * torchvision gives them.
 */
package org.isonorm.network.export;
