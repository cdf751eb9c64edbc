/**
 * The local training step and inference: a compiled plan, the optimizer's update and its settings.
 */
package org.isonorm.network.step;
