/** From a shard to batches: order of an epoch, augmentation, mixing, normalization. */
package org.isonorm.data.augmentation;
