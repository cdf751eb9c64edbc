/** Models as files of other systems. */
package org.isonorm.spark.export;
