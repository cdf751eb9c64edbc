/** Times training steps and inference, part by part. */
package org.isonorm.network.benchmark;
